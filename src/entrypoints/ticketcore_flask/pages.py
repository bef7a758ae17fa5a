"""Pages for people: the API's description and the problems, without outside assets."""

from __future__ import annotations

from typing import Any

from flask import render_template

from ticketcore.domain.texts import Text
from ticketcore_texts import ENGLISH, rendered
from ticketcore_wire.problems import KINDS, STATUSES


def api_page(description: dict[str, Any]) -> str:
    """Return the API's description as a page; like the description itself it is in English."""
    return render_template("api.html", api=description, language=ENGLISH)


def problem_page(code: str, language: str = ENGLISH) -> str:
    """Return a page in a language about a problem's code: what it means and what to do."""
    kind = KINDS[code]
    texts = {
        "status": Text("HTTP status %(status)s", status=str(STATUSES[code])),
        "meaning": kind.meaning,
        "to_do": Text("What to do:"),
        "remedy": kind.remedy,
        "link": Text("All of the API"),
    }
    return render_template("problem.html", code=code, language=language, **rendered(texts, language))
