"""What every page has around it: the head, the bar, the foot, and buttons that are forms."""

from collections.abc import Iterable
from typing import Final

from edge.page.markup import Markup, document, element

__all__ = ["bar", "button", "page"]


def page(
    *head: Markup, header: Markup, main: Iterable[Markup | None], kind: str, footer: str | None = None
) -> str:
    """Return a whole page; `head` is what this one has beside what all have."""
    return document(
        element(
            "head",
            element("meta", charset="utf-8"),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", name="color-scheme", content="light dark"),
            *head,
            element("title", "Carewire"),
            element("link", rel="icon", href="/mark.svg", type="image/svg+xml"),
            element("link", rel="stylesheet", href="/page.css"),
        ),
        element(
            "body",
            header,
            element("main", *main, class_=kind),
            element(
                "footer",
                element("p", footer) if footer else None,
                element(
                    "p",
                    "Carewire assists; it is no medical device. "
                    "In an emergency, call your local emergency number.",
                ),
            ),
        ),
    )


def bar(gateway_id: str | None, token: str | None) -> Markup:
    """Return the bar; with a gateway and a token, that of who has entered."""
    return element(
        "header",
        element("span", _BRAND, "Carewire", class_="brand"),
        element("span", gateway_id, class_="where") if gateway_id else None,
        button("/lock", "Lock", token=token, class_="quiet") if token else None,
        class_="bar",
    )


def button(
    action: str, text: str, *, token: str, key: str | None = None, class_: str | None = None
) -> Markup:
    """Return a button that posts `key` to `action`, as a form of this page."""
    return element(
        "form",
        element("input", type="hidden", name="token", value=token),
        element("input", type="hidden", name="key", value=key) if key else None,
        element("button", text, class_=class_),
        method="post",
        action=action,
    )


_BRAND: Final = Markup('<img src="/mark.svg" alt="" width="28" height="28">')
