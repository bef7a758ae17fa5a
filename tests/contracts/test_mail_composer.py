"""Every mail composer passes the suite of its port."""

from __future__ import annotations

import pytest

from ticketcore.ports import MailComposer
from ticketcore_memory import PlainMailComposer
from ticketcore_testing.contracts.mail_composer import MailComposerContract
from ticketcore_texts import languages
from ticketcore_texts.mail import TranslatedMailComposer


class TestMailComposer(MailComposerContract):
    """The one without prose, and every language."""

    @pytest.fixture(params=[None, *languages()])
    def composer(self, request: pytest.FixtureRequest) -> MailComposer:
        """Return a composer."""
        return TranslatedMailComposer(request.param) if request.param else PlainMailComposer()
