"""Code that is measured by itself: drawing, importing."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable, Mapping

import attrs
import qrcode

from benchmarks.measuring import OURS, Bed, Round, Side
from benchmarks.servers import ROOT
from benchmarks.timing import CallRow, Calls, side_by_side
from ticketcore.domain import messages
from ticketcore_codes import QrcodeQrImages

_ON_AWS = {
    "TICKETCORE_FILES_URL": "s3://bucket/images",
    "TICKETCORE_MAIL_URL": "ses://tickets@example.com",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
}
_QR_TEXT = "A7" * 77
#: Without the start of the interpreter, which is the same for all.
_TIMED = """
import time
began, used = time.perf_counter(), time.process_time()
{statement}
print(time.perf_counter() - began, time.process_time() - used)
"""


def _qr_images(bed: Bed) -> Mapping[str, Side]:
    images = QrcodeQrImages()
    return {
        OURS: Calls(bed.stores, lambda: images.draw(_QR_TEXT)),
        "qrcode defaults": Calls(bed.stores, lambda: qrcode.make(_QR_TEXT).save(io.BytesIO())),
    }


@attrs.frozen
class Starts:
    """Statements in new interpreters, each of which is made for the purpose; what it sends to the stores is not seen."""

    statement: Callable[[], str]
    environment: Mapping[str, str] = os.environ

    def measure(self, seconds: float) -> Round:
        """Start again and again until the statements alone have taken so long; the first start leaves bytecode behind."""
        self._start()
        taken, used, count = 0.0, 0.0, 0
        while taken < seconds:
            elapsed, cpu = self._start()
            taken, used, count = taken + elapsed, used + cpu, count + 1
        return Round(count / taken, used / count, 0.0, 0.0)

    def _start(self) -> tuple[float, float]:
        command = [sys.executable, "-c", _TIMED.format(statement=self.statement())]
        # Without bytecode an interpreter compiles all that it imports, which no installed package does.
        environment = {name: value for name, value in self.environment.items() if name != "PYTHONDONTWRITEBYTECODE"}
        done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
        elapsed, cpu = map(float, done.stdout.split())
        return elapsed, cpu


def _imports(statement: str) -> Callable[[Bed], Mapping[str, Side]]:
    def sides(_bed: Bed) -> Mapping[str, Side]:
        return {OURS: Starts(lambda: statement), "attrs": Starts(lambda: "import attrs")}

    return sides


def _first_messages(bed: Bed) -> Mapping[str, Side]:
    event_ids = bed.stock.events(1)

    def first_message() -> str:
        [order_id] = bed.stock.processing_orders(event_ids, 1)
        return f"from benchmarks.first_message import main; main({messages.write(order_id)!r})"

    return {
        OURS: Starts(first_message, {**bed.stores.environment, **_ON_AWS}),
        "imports alone": Starts(lambda: "import boto3, sqlalchemy, psycopg"),
    }


CODE_ROWS = (
    CallRow("qr_image", "QR image", side_by_side(_qr_images)),
    CallRow("import_ticketcore", "import ticketcore", side_by_side(_imports("import ticketcore"))),
    CallRow(
        "import_box_office", "import of all public names", side_by_side(_imports("from ticketcore import BoxOffice"))
    ),
    CallRow("first_message", "first message of a Lambda function", side_by_side(_first_messages)),
)
