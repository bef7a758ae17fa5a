"""The Runtime API runs any handler with AWS's own runtime client and reports its outcome."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.servers.runtime_api import running

HANDLER = """
import os

if "WRONG" in os.environ:
    raise RuntimeError("a wrong start")


def handle(event, context):
    print("heard", event)
    if event is None:
        raise ValueError("nothing to do")
    return {"event": event, "left": context.get_remaining_time_in_millis(), "id": context.aws_request_id}
"""


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Return the directory of a module with a handler."""
    (tmp_path / "handlers.py").write_text(HANDLER)
    return str(tmp_path)


def test_a_function_answers_one_event_after_the_other(path: str) -> None:
    """Each has an id and a deadline of its own, in one process whose output is kept."""
    with running("handlers.handle", PYTHONPATH=path) as function:
        first = function.invoke({"a": "é"}, seconds=50)
        second = function.invoke([], seconds=-1)
        assert (first["event"], second["event"]) == ({"a": "é"}, [])
        assert 0 < first["left"] <= 50_000
        assert second["left"] == 0
        assert first["id"] != second["id"]
        assert function.text().count("heard") == 2
    assert function.process.poll() is not None


def test_an_exception_is_an_error_of_its_invocation(path: str) -> None:
    """The function continues with the next event."""
    with running("handlers.handle", PYTHONPATH=path) as function:
        error = function.fail(None)
        assert (error["errorType"], error["errorMessage"]) == ("ValueError", "nothing to do")
        assert function.invoke(json.loads("1"))["event"] == 1


def test_an_exception_at_the_start_ends_the_container(path: str) -> None:
    """It is reported as an error of the start, and nothing is invoked."""
    with running("handlers.handle", PYTHONPATH=path, WRONG="1") as function:
        assert function.init_error()["errorMessage"] == "a wrong start"
        assert function.process.wait(20) != 0
