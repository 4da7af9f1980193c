"""Debian's Chromium, driven by Playwright: the browser every page is tried in."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")


@contextmanager
def chromium(*args: str) -> Iterator[Browser]:
    """Run it, without a window, until the block ends; `args` are further switches of its own."""
    if not CHROMIUM.exists():
        pytest.fail(f"{CHROMIUM} is not there: run scripts/install-debian-parts")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", *args])
        yield browser
        browser.close()
