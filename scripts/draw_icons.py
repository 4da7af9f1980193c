"""Draws the pictures that an installed Carewire is known by, from its mark. Run as `make icons`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, sync_playwright

STATIC: Final = Path(__file__).parents[1] / "cloud" / "web" / "static"
CHROMIUM: Final = "/usr/bin/chromium"
GROUND: Final = "#0f6e69"


@dataclass(frozen=True, slots=True, kw_only=True)
class Icon:
    """A picture; `share` is how much of its width the mark takes, on `ground`."""

    name: str
    size_px: int
    share: float = 1.0
    ground: str = "transparent"
    style: str = ""


ICONS: Final = (
    Icon(name="icon-192.png", size_px=192),
    Icon(name="icon-512.png", size_px=512),
    # Whatever is cut off a maskable picture, a circle of four fifths of it stays.
    Icon(name="icon-maskable-512.png", size_px=512, share=0.72, ground=GROUND),
    Icon(name="icon-apple-180.png", size_px=180, share=0.86, ground=GROUND),
    # A badge is a silhouette: its colour is the system's, its shape is what is opaque.
    Icon(name="badge-96.png", size_px=96, style="rect { fill: none }"),
)


def main() -> None:
    """Draw every one of them."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        for icon in ICONS:
            _draw(page, icon)
        browser.close()


def _draw(page: Page, icon: Icon) -> None:
    page.set_viewport_size({"width": icon.size_px, "height": icon.size_px})
    page.set_content(
        f"<style>html, body {{ margin: 0; height: 100%; display: grid; place-items: center; "
        f"background: {icon.ground} }} svg {{ width: {icon.share:.0%} }} {icon.style}</style>"
        f"{(STATIC / 'mark.svg').read_text()}"
    )
    (STATIC / icon.name).write_bytes(page.screenshot(omit_background=True))


if __name__ == "__main__":
    main()
