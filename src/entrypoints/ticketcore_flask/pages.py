"""Pages for people: the API's description, calls to try and the problems, without outside assets."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from typing import Any

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from ticketcore.domain.refusals import Refusal
from ticketcore.domain.texts import Text
from ticketcore_flask.page_files import page_files
from ticketcore_texts import ENGLISH, rendered
from ticketcore_wire.problems import EXPLANATIONS
from ticketcore_wire.responses import page_policy

# Not Flask's environment: an application that mounts the API may have templates of the same names.
_TEMPLATES = Environment(loader=PackageLoader("ticketcore_flask"), autoescape=True)
# The pages hold their only style, which a browser knows by its digest.
_STYLE = _TEMPLATES.get_template("style.css").render()
_TEMPLATES.globals["style"] = Markup(_STYLE)  # noqa: S704  It is ours.
#: The page on which calls are tried reads no more than files of ours; images of responses are made by its script.
TRY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
CONTENT_POLICY = page_policy(f"'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'")


def api_page(description: dict[str, Any]) -> str:
    """Return the API's description as a page; like the description itself it is in English."""
    tags = [tag["name"] for tag in description["tags"]]
    return _TEMPLATES.get_template("api.html").render(api=description, tags=tags, language=ENGLISH)


def refusal_page(refusal: Refusal, language: str) -> str:
    """Return a page in a language about a refusal by the server itself, which knows no other pages."""
    texts = {"title": refusal.title, "detail": refusal.detail, "remedy": refusal.remedy}
    return _TEMPLATES.get_template("refusal.html").render(language=language, **rendered(texts, language))


def try_page() -> str:
    """Return the page on which each call of the API is tried, in English like the description."""
    return _TEMPLATES.get_template("try.html").render(files=page_files(), language=ENGLISH)


def problem_page(code: str, language: str = ENGLISH) -> str:
    """Return a page in a language about a problem's code: what it means and what to do."""
    explained = EXPLANATIONS[code]
    of_order = Text("The problem of an order")
    texts = {
        "status": Text("HTTP status %(status)s", status=str(explained.status)) if explained.status else of_order,
        "meaning": explained.meaning,
        "to_do": Text("What to do:"),
        "remedy": explained.remedy,
        "link": Text("All of the API"),
    }
    return _TEMPLATES.get_template("problem.html").render(code=code, language=language, **rendered(texts, language))
