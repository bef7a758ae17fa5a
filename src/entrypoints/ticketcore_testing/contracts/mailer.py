"""Contract suite of the mailer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from email.message import EmailMessage
from functools import cache

import attrs
import pytest

from ticketcore.domain.deliveries import DeliveryKind
from ticketcore.domain.mail import InlineImage, Mail
from ticketcore.ports import Mailer
from ticketcore_testing.interleaving import Race, assert_atomic
from ticketcore_testing.samples import NOW, fresh

RECIPIENT = "ann@example.com"
KEY = "0123456789abcdef"
IMAGES = [b"\x89PNG\r\n\x1a\n first", b"\x89PNG\r\n\x1a\n.\r\n second"]


@attrs.frozen
class Post:
    """A mailer that sends as ``sender``, and a function that returns what it has delivered so far, parsed.

    ``delivered`` waits for messages in transit.
    """

    mailer: Mailer
    sender: str
    delivered: Callable[[], Sequence[EmailMessage]]


@cache
def a_mail() -> Mail:
    """Return a message with two images, the same one each time."""
    images = tuple(InlineImage(f"ticket-{number}.png", png) for number, png in enumerate(IMAGES, 1))
    page = "".join(f'<img src="cid:{image.name}@{KEY}">' for image in images)
    return Mail(
        DeliveryKind.TICKETS,
        KEY,
        NOW,
        RECIPIENT,
        "Your tickets for Jazz Night",
        "Here are your tickets.\n",
        page,
        images,
    )


class MailerContract:
    """Hold ``Mailer`` to its contract; override ``post``.

    A mailer may deliver a repeated message once, or each time that it is sent.
    """

    @pytest.fixture
    def post(self) -> Post:
        """Return a mailer that has delivered nothing: the one fixture to override."""
        raise NotImplementedError("override post")

    def test_a_message_arrives(self, post: Post) -> None:
        """The recipient gets one message, with sender, recipient, subject and date."""
        post.mailer.send(a_mail())
        [message] = post.delivered()
        assert (message["From"], message["To"]) == (post.sender, RECIPIENT)
        assert message["Subject"] == "Your tickets for Jazz Night"
        assert message["Date"].datetime == NOW.replace(microsecond=0)

    def test_a_message_has_plain_text_and_html_with_images(self, post: Post) -> None:
        """Plain text and HTML are alternatives; the images come with the HTML, under the content ids that it names."""
        post.mailer.send(a_mail())
        [message] = post.delivered()
        assert message.get_content_type() == "multipart/alternative"
        plain, related = message.iter_parts()
        assert isinstance(plain, EmailMessage)
        assert isinstance(related, EmailMessage)
        page, *images = related.iter_parts()
        assert (plain.get_content_type(), page.get_content_type()) == ("text/plain", "text/html")
        assert [image.get_content_type() for image in images] == ["image/png", "image/png"]
        assert [image.get_content() for image in images if isinstance(image, EmailMessage)] == IMAGES
        assert isinstance(page, EmailMessage)
        assert all(f'src="cid:{image["Content-ID"].strip("<>")}"' in page.get_content() for image in images)

    @pytest.mark.parametrize(
        "text",
        ["Canções à meia-noite, € 45\n", ".\n..\n.begins with a dot\n", "x" * 2000 + "\n"],
        ids=["letters", "dots", "a long line"],
    )
    def test_text_arrives_as_it_was_written(self, post: Post, text: str) -> None:
        """Letters of any language, single dots and long lines are delivered unchanged."""
        post.mailer.send(attrs.evolve(a_mail(), text=text, subject="Canções à meia-noite"))
        [message] = post.delivered()
        plain = message.get_body(["plain"])
        assert isinstance(plain, EmailMessage)
        assert plain.get_content().replace("\r\n", "\n") == text
        assert message["Subject"] == "Canções à meia-noite"

    def test_a_repeated_message_keeps_its_message_id(self, post: Post) -> None:
        """A message that is sent twice has one Message-ID, so that mail programs show it once."""
        mail = a_mail()
        post.mailer.send(mail)
        post.mailer.send(mail)
        assert len({message["Message-ID"] for message in post.delivered()}) == 1

    def test_another_key_is_another_message(self, post: Post) -> None:
        """Messages with different keys have different Message-IDs."""
        mail = a_mail()
        post.mailer.send(mail)
        post.mailer.send(attrs.evolve(mail, key="another-key"))
        assert len({message["Message-ID"] for message in post.delivered()}) == 2

    def test_what_is_kept_here_is_forgotten_by_its_key(self, post: Post) -> None:
        """With every message whose key begins with it; a mailer that hands its mail on keeps nothing."""
        keys = ["a-key", "a-key-refund", "a-keys", "another"]
        for key in keys:
            post.mailer.send(attrs.evolve(a_mail(), key=key))
        before = len(post.delivered())
        forgotten = post.mailer.forget("a-key")
        assert forgotten in {0, 2}
        assert len(post.delivered()) == before - forgotten
        assert post.mailer.forget("a-key") == 0
        assert post.mailer.forget("unknown") == 0

    def test_a_mailer_that_can_send_passes_the_check(self, post: Post) -> None:
        """``check`` returns nothing and sends nothing."""
        post.mailer.check()
        assert not post.delivered()

    def test_two_sends_are_atomic(self, post: Post) -> None:
        """Messages that are sent at the same time are all delivered."""
        mail = attrs.evolve(a_mail(), images=(), html="")
        keys: list[str] = []

        def send() -> None:
            keys.append(fresh().hex())
            post.mailer.send(attrs.evolve(mail, key=keys[-1]))

        # Reading all messages after each race would take longer than the races.
        assert_atomic(post.mailer, lambda: Race.of_one(send, lambda: None))
        assert len({message["Message-ID"] for message in post.delivered()}) == len(keys)
