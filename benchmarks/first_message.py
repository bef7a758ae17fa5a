"""A function of Lambda that is started for one message: charge an order, with the stores of files and mail on AWS."""

from __future__ import annotations

import sys

import ticketcore_lambda

#: Enough to charge, too little to deliver: the bucket and the mail of this function do not exist.
_MILLISECONDS_LEFT = 12_000


class _Context:
    def get_remaining_time_in_millis(self) -> int:
        return _MILLISECONDS_LEFT


def main(body: str) -> None:
    """Process the message with this body."""
    record = {
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:payments",
        "messageId": "first",
        "body": body,
    }
    failed = ticketcore_lambda.process_payments({"Records": [record]}, _Context())
    assert failed == {"batchItemFailures": []}, failed


if __name__ == "__main__":
    main(sys.argv[1])
