"""A real browser that reaches nothing: Chromium of the system, driven by Playwright."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from playwright.sync_api import Browser, expect, sync_playwright

from tests.patience import PATIENCE_SECONDS
from tests.servers.packages import program

PROGRAM_VARIABLE = "TICKETCORE_TEST_CHROMIUM"
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def running_chromium(*arguments: str) -> Generator[Browser]:
    """Yield a browser, started with further arguments.

    What a page is expected to show is waited for as patiently as all else.  Skips the test if there is no Chromium, which
    fails it in CI (`packages.program`).
    """
    path = program("chromium", "chromium", PROGRAM_VARIABLE)
    expect.set_options(timeout=PATIENCE_SECONDS * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*_ARGUMENTS, *arguments])
        yield browser
        browser.close()
