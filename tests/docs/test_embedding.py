"""The guides for web frameworks: what an application opens as it begins, it closes as it ends."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.docs.markdown import DOCS, blocks
from ticketcore_bootstrap import background

CONCERT = {"name": "Concert", "date": "2031-05-01T20:00:00Z", "location": "Town Hall", "capacity": 3, "price": "45.00"}
KEY = "an-admin-key-that-nobody-guesses"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the names that the application of the page defines."""
    monkeypatch.setenv("TICKETCORE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("TICKETCORE_ADMIN_KEY", KEY)
    [page] = [
        block.text for block in blocks((DOCS / "how-to/embed-in-fastapi.md").read_text()) if block.language == "python"
    ]
    path = tmp_path / "fastapi_shop.py"
    path.write_text(page)
    names: dict[str, Any] = {"__name__": "fastapi_shop"}
    exec(compile(page, path, "exec"), names)
    return SimpleNamespace(**names)


def loops() -> set[str]:
    """Return the names of the background threads that run."""
    names = {loop.__name__ for loop in vars(background).values() if callable(loop) and hasattr(loop, "__name__")}
    return {thread.name for thread in threading.enumerate()} & names


def test_the_lifespan_of_fastapi_is_that_of_the_background(shop: Any) -> None:
    """Requests are served while it lasts, by views and by the mounted API, and no thread is left behind."""
    with TestClient(shop.app) as client:
        assert "run_worker" in loops()
        created = client.post("/box-office/events", json=CONCERT, headers={"Authorization": f"Bearer {KEY}"})
        assert created.headers["Location"] == f"/box-office/events/{created.json()['id']}"
        wanted = {"quantity": 4, "email": "ann@example.com", "payment_token": "tok_approved"}
        refused = client.post(f"/shows/{created.json()['id']}/orders", json=wanted)
        assert (refused.status_code, refused.json()["code"]) == (409, "sold_out")
    assert loops() == set()


@pytest.mark.parametrize("path", ["/shows/none/orders", "/shows/%00/orders", f"/shows/{'x' * 3000}/orders"])
def test_an_unknown_show_is_refused(shop: Any, path: str) -> None:
    """Whatever stands in the path, the view's handler says that there is no such event."""
    with TestClient(shop.app) as client:
        wanted = {"quantity": 1, "email": "ann@example.com", "payment_token": "tok_approved"}
        response = client.post(path, json=wanted)
        assert (response.status_code, response.json()["code"]) == (404, "event_not_found")
