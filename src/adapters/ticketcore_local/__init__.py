"""Files, mail and webhooks without a cloud: a directory, ``.eml`` files, SMTP, HTTP."""

from __future__ import annotations

from ticketcore_local.files import DirectoryFiles
from ticketcore_local.http_webhooks import HttpWebhookSender
from ticketcore_local.mail_directory import EmlMailer
from ticketcore_local.smtp import SmtpMailer

__all__ = ["DirectoryFiles", "EmlMailer", "HttpWebhookSender", "SmtpMailer"]
