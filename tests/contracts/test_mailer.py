"""Every mailer passes the suite of its port, and they agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.contracts.agreeing import agree
from tests.contracts.mailers import eml_post, memory_post, ses_post, smtp_post
from ticketcore_testing.agreement.mailer import MailersAgree
from ticketcore_testing.contracts.mailer import MailerContract, Post

if TYPE_CHECKING:
    from tests.servers.aws import Aws


class TestMailer(MailerContract):
    """Files, memory, SMTP and SES."""

    @pytest.fixture(params=["eml", "memory", "smtp", "ses"])
    def post(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Post]:
        """Yield a mailer that has delivered nothing."""
        match request.param:
            case "eml":
                yield eml_post(tmp_path / "not" / "made" / "yet")
            case "smtp":
                with smtp_post() as post:
                    yield post
            case "ses":
                yield ses_post(request.getfixturevalue("aws"))
            case _:
                yield memory_post()


def test_the_mailers_agree(aws: Aws, tmp_path: Path) -> None:
    """The same messages are delivered in files, over SMTP and through SES."""
    with smtp_post() as smtp:
        posts = {"memory": memory_post(), "eml": eml_post(tmp_path), "smtp": smtp, "ses": ses_post(aws)}

        def open_posts() -> Mapping[str, Post]:
            return posts

        agree(partial(MailersAgree, open_posts), examples=4)
