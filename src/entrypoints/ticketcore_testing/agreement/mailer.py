"""Agreement of mailers: the same messages are delivered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from email.message import EmailMessage
from itertools import count

import attrs
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from ticketcore.domain.mail import InlineImage, Mail
from ticketcore_testing.contracts.mailer import Post, a_mail
from ticketcore_testing.strategies import inline_images, names

_histories = count()
_which = st.integers(0, 4)
_lines = st.lists(names | st.sampled_from(["", ".", "..", ".begins with a dot", "x" * 1500]), max_size=5)


def _parts(message: EmailMessage) -> Iterator[object]:
    """Yield what a mail program shows of a message, and the contents of its images."""
    for header in ("To", "Subject"):
        yield str(message[header])
    yield message["Date"].datetime
    for part in message.walk():
        if not part.is_multipart():
            assert isinstance(part, EmailMessage)
            content = part.get_content()
            yield part.get_content_type(), part["Content-ID"]
            yield content.replace("\r\n", "\n") if isinstance(content, str) else content


class MailersAgree(RuleBasedStateMachine):
    """One history of messages, sent by every mailer.  ``open_posts`` returns the mailers by their names.

    The mailers may be the same for each history.  A repeated message may be delivered once or repeatedly: repetitions are
    compared as one message.
    """

    def __init__(self, open_posts: Callable[[], Mapping[str, Post]]) -> None:
        super().__init__()
        self.posts = open_posts()
        self.history = next(_histories)
        self.sent: list[Mail] = []

    def _send(self, mail: Mail) -> None:
        for post in self.posts.values():
            post.mailer.send(mail)

    def _arrived(self, post: Post) -> dict[str, list[object]]:
        """Return the messages of this history by the part before the @ of their ids."""
        arrived: dict[str, list[object]] = {}
        keys = {mail.key for mail in self.sent}
        for message in post.delivered():
            key = str(message["Message-ID"]).strip("<>").partition("@")[0]
            if key in keys:
                parts = list(_parts(message))
                assert arrived.setdefault(key, parts) == parts, "a repetition is another message"
        return arrived

    @rule(subject=names, lines=_lines, images=st.lists(inline_images, max_size=2, unique_by=lambda image: image.name))
    def send(self, subject: str, lines: list[str], images: list[InlineImage]) -> None:
        """Send a message with any text."""
        text = "".join(f"{line}\n" for line in [subject, *lines])
        key = f"history-{self.history}-{len(self.sent)}"
        mail = attrs.evolve(
            a_mail(), key=key, subject=subject, text=text, html=f"<pre>{text}</pre>\n", images=tuple(images)
        )
        self.sent.append(mail)
        self._send(mail)

    @precondition(lambda self: self.sent)
    @rule(which=_which)
    def send_again(self, which: int) -> None:
        """Send a message again, as a worker does after a crash."""
        self._send(self.sent[-1 - which % len(self.sent)])

    @rule()
    def check(self) -> None:
        """Check the mailers, which sends nothing."""
        for post in self.posts.values():
            post.mailer.check()

    def teardown(self) -> None:
        """Compare the delivered messages."""
        arrived = {name: self._arrived(post) for name, post in self.posts.items()}
        first, *others = arrived.values()
        assert set(first) == {mail.key for mail in self.sent}
        assert all(other == first for other in others), arrived
