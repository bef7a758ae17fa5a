"""The payment queue on SQS, files on S3 and mail through SES."""

from __future__ import annotations

from ticketcore_aws.clients import connect
from ticketcore_aws.s3 import S3Files
from ticketcore_aws.ses import SesMailer
from ticketcore_aws.sqs import SqsPaymentQueue

__all__ = ["S3Files", "SesMailer", "SqsPaymentQueue", "connect"]
