"""Code that is measured by itself: drawing, importing."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Mapping

import attrs
import qrcode

from benchmarks.measuring import OURS, Bed, Round, Side
from benchmarks.timing import CallRow, Calls, side_by_side
from ticketcore_codes import QrcodeQrImages

_QR_TEXT = "A7" * 77
#: Without the start of the interpreter, which is the same for all.
_TIMED = """
import time
began, used = time.perf_counter(), time.process_time()
import {names}
print(time.perf_counter() - began, time.process_time() - used)
"""


def _qr_images(bed: Bed) -> Mapping[str, Side]:
    images = QrcodeQrImages()
    return {
        OURS: Calls(bed.stores, lambda: images.draw(_QR_TEXT)),
        "qrcode defaults": Calls(bed.stores, lambda: qrcode.make(_QR_TEXT).save(io.BytesIO())),
    }


@attrs.frozen
class Imports:
    """Imports of modules, each in a new interpreter."""

    names: str

    def measure(self, seconds: float) -> Round:
        """Import until the imports alone have taken so long."""
        taken, used, count = 0.0, 0.0, 0
        while taken < seconds:
            command = [sys.executable, "-c", _TIMED.format(names=self.names)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            elapsed, cpu = map(float, done.stdout.split())
            taken, used, count = taken + elapsed, used + cpu, count + 1
        return Round(count / taken, used / count, 0.0, 0.0)


def _imports(ours: str, yardstick: str) -> CallRow:
    sides = {OURS: Imports(ours), yardstick: Imports(yardstick)}
    return CallRow(f"import_{ours}", f"import {ours}", side_by_side(lambda _: sides))


CODE_ROWS = (
    CallRow("qr_image", "QR image", side_by_side(_qr_images)),
    _imports("ticketcore", "attrs"),
)
