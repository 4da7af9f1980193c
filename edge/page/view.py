"""The page itself: from a moment to HTML, for a phone in the hand and a tablet on the wall."""

from typing import Final

from edge.now import Now
from edge.page.alarm_cards import alarm_card, headline_of
from edge.page.frame import bar, page
from edge.page.gateway_card import gateway_card
from edge.page.markup import Markup, element
from edge.page.wearable_cards import is_connected, wearable_card
from edge.page.words import clock_time

__all__ = ["REFRESH_S", "entry_page", "home_page", "message_page"]

REFRESH_S: Final = 10


def home_page(now: Now, *, token: str) -> str:
    """Return the page for somebody who has entered; `token` goes into its forms."""
    return page(
        element("meta", http_equiv="refresh", content=str(REFRESH_S)),
        header=bar(now.gateway_id, token),
        main=(
            _headline(now),
            element("section", *(alarm_card(alarm, now, token) for alarm in now.alarms), class_="alarms")
            if now.alarms
            else None,
            element("section", *_wearables(now), class_="wearables"),
            gateway_card(now),
        ),
        kind="home",
        footer=f"Shown at {clock_time(now.t_ms)}, and anew every {REFRESH_S} seconds.",
    )


def entry_page(*, said: str | None = None) -> str:
    """Return what a stranger sees: a field for the code, and nothing else of this home."""
    form = element(
        "form",
        element(
            "label",
            "Access code",
            element(
                "input",
                name="code",
                type="password",
                autocomplete="current-password",
                required=True,
                autofocus=True,
            ),
        ),
        element("button", "Open", class_="primary"),
        method="post",
        action="/enter",
    )
    hint = "It was chosen by whoever set this gateway up, and stands in its settings."
    return page(
        header=bar(None, None),
        main=(
            element("h1", "This page is locked."),
            element("p", said, class_="failed", role="alert") if said else None,
            form,
            element("p", hint, class_="soft small"),
        ),
        kind="narrow",
    )


def message_page(title: str, says: str) -> str:
    """Return a page that says one thing, and leads back."""
    return page(
        header=bar(None, None),
        main=(
            element("h1", title),
            element("p", says, class_="soft"),
            element("p", element("a", "Back to the page", href="/")),
        ),
        kind="narrow",
    )


def _headline(now: Now) -> Markup:
    urgent = next((alarm for alarm in now.alarms if not alarm.is_acknowledged), None)
    if urgent is not None:
        return headline_of(urgent, now)
    return element("h1", _calm(now), class_="headline")


def _calm(now: Now) -> str:
    if now.alarms:
        return "Somebody is seeing to it."
    heard = sum(is_connected(wearable) for wearable in now.wearables)
    if not now.wearables:
        return "No wearable has been heard yet."
    if heard < len(now.wearables):
        return f"No alarm; {heard} of {len(now.wearables)} wearables heard."
    return "No alarm, and every wearable is heard."


def _wearables(now: Now) -> list[Markup]:
    if not now.wearables:
        return [element("p", "What the gateway hears of wearables will stand here.", class_="card none")]
    return [wearable_card(wearable, now) for wearable in now.wearables]
