"""The gateway's own card: its way to the cloud, what waits, its clock and its computer."""

from typing import Final

from edge.now import Now
from edge.page.markup import Markup, element
from edge.page.words import ago, amount, counted, lasting

__all__ = ["gateway_card"]

_CLOCK_WORDS: Final = {True: "held by a time server", False: "not set by anybody", None: "unknown"}


def gateway_card(now: Now) -> Markup:
    """Return how the gateway is."""
    host = now.reading.host
    facts = (
        ("Cloud", _cloud_words(now)),
        ("Waiting to be sent", _waiting_words(now)),
        ("Clock", _CLOCK_WORDS[now.reading.clock_synced]),
        ("Running for", lasting(now.uptime_s)),
        ("Disk free", None if host.disk_free_bytes is None else amount(host.disk_free_bytes)),
        ("Processor", None if host.cpu_temperature_c is None else f"{host.cpu_temperature_c:.0f} °C"),
    )
    return element(
        "section",
        element("h2", "This gateway"),
        element(
            "dl",
            *(
                element("div", element("dt", name), element("dd", value))
                for name, value in facts
                if value is not None
            ),
            class_="facts",
        ),
        class_="card gateway",
    )


def _cloud_words(now: Now) -> str:
    if not now.is_link_up:
        return "not reached; alarms are told here"
    if now.heard_s_ago is None:
        return "reached, nothing acknowledged yet"
    return f"reached, acknowledged {ago(now.heard_s_ago)}"


def _waiting_words(now: Now) -> str:
    backlog = now.backlog
    if not backlog.records:
        return "nothing"
    oldest = backlog.oldest_unsent_ms
    since = "" if oldest is None else f", the oldest from {ago((now.t_ms - oldest) / 1000)}"
    return f"{counted(backlog.records, 'record')} ({amount(backlog.size_bytes)}){since}"
