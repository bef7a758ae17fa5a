"""Mails as MIME messages; apart from ``mail``, as ``email`` is slow to import and only mailers need it."""

from __future__ import annotations

from email.message import EmailMessage

from ticketcore.domain.mail import Mail, content_id
from ticketcore.domain.mail_headers import POLICY


def address_of(sender: str) -> str:
    """Return the address of a sender, which may stand in angle brackets behind a name."""
    return sender.rpartition(" <")[2].rstrip(">")


def to_mime(mail: Mail, sender: str) -> EmailMessage:
    """Return the message as MIME (RFC 2387): plain text beside HTML with the images inline, and the calendar attached.

    Its ``Message-ID`` is the same for every repetition, so that mail programs show one message.
    """
    message = EmailMessage(policy=POLICY)
    message["From"] = sender
    message["To"] = mail.recipient
    message["Subject"] = mail.subject
    message["Date"] = mail.date
    message["Message-ID"] = f"<{mail.key}@{address_of(sender).rpartition('@')[2]}>"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    page = message.get_payload(1)
    assert isinstance(page, EmailMessage)
    for image in mail.images:
        page.add_related(
            image.png,
            "image",
            "png",
            cid=f"<{content_id(image, mail.key)}>",
            disposition="inline",
            filename=image.name,
        )
    if mail.calendar:
        params = {"method": "PUBLISH", "charset": "utf-8"}
        message.add_attachment(mail.calendar, "text", "calendar", params=params, filename="event.ics")
    return message
