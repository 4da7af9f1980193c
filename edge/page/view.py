"""The page itself: from a moment to HTML, for a phone in the hand and a tablet on the wall."""

from collections.abc import Iterable
from typing import Final

from edge.alarms.board import WearableNow
from edge.alarms.local_alarm import Priority
from edge.alarms.standing_alarms import Family, StandingAlarm
from edge.now import Now
from edge.page.markup import Markup, document, element
from edge.page.values import Tile, tiles
from edge.page.words import ago, amount, clock_time, counted, lasting
from vitals.records import LinkState

__all__ = ["REFRESH_S", "SILENCE_S", "entry_page", "home_page", "message_page"]

REFRESH_S: Final = 10
SILENCE_S: Final = 600
"""For how long the page's button asks for quiet."""
_BATTERY_LOW_PERCENT: Final = 15
_WIDE: Final = 5
"""A value of more letters takes the room of two."""


def home_page(now: Now, *, token: str) -> str:
    """Return the page for somebody who has entered; `token` goes into its forms."""
    return _page(
        element("meta", http_equiv="refresh", content=str(REFRESH_S)),
        header=_bar(now.gateway_id, token),
        main=(
            _headline(now),
            element("section", *(_alarm(alarm, now, token) for alarm in now.alarms), class_="alarms")
            if now.alarms
            else None,
            element("section", *_wearables(now), class_="wearables"),
            _gateway(now),
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
    return _page(
        header=_bar(None, None),
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
    return _page(
        header=_bar(None, None),
        main=(
            element("h1", title),
            element("p", says, class_="soft"),
            element("p", element("a", "Back to the page", href="/")),
        ),
        kind="narrow",
    )


# --- Frame ----------------------------------------------------------------------------------


def _page(
    *head: Markup, header: Markup, main: Iterable[Markup | None], kind: str, footer: str | None = None
) -> str:
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


def _bar(gateway_id: str | None, token: str | None) -> Markup:
    return element(
        "header",
        element("span", _BRAND, "Carewire", class_="brand"),
        element("span", gateway_id, class_="where") if gateway_id else None,
        _button("/lock", "Lock", token=token, class_="quiet") if token else None,
        class_="bar",
    )


def _button(
    action: str, text: str, *, token: str, key: str | None = None, class_: str | None = None
) -> Markup:
    return element(
        "form",
        element("input", type="hidden", name="token", value=token),
        element("input", type="hidden", name="key", value=key) if key else None,
        element("button", text, class_=class_),
        method="post",
        action=action,
    )


# --- What it says first ---------------------------------------------------------------------


def _headline(now: Now) -> Markup:
    urgent = next((alarm for alarm in now.alarms if not alarm.is_acknowledged), None)
    if urgent is not None:
        mark = element("span", _MARKS[urgent.priority], class_=f"tag {urgent.priority} {urgent.family}")
        return element("h1", mark, element("span", _of_whom(urgent, now)), class_="headline")
    return element("h1", _calm(now), class_="headline")


def _of_whom(alarm: StandingAlarm, now: Now) -> str:
    title = alarm.title
    if alarm.device is not None:
        title = f"{now.name_of(alarm.device)}: {title[0].lower()}{title[1:]}"
    return f"{title}. It began {ago((now.t_ms - alarm.since_ms) / 1000)}."


def _calm(now: Now) -> str:
    if now.alarms:
        return "Somebody is seeing to it."
    heard = sum(_is_connected(wearable) for wearable in now.wearables)
    if not now.wearables:
        return "No wearable has been heard yet."
    if heard < len(now.wearables):
        return f"No alarm; {heard} of {len(now.wearables)} wearables heard."
    return "No alarm, and every wearable is heard."


# --- Alarms ---------------------------------------------------------------------------------


def _alarm(alarm: StandingAlarm, now: Now, token: str) -> Markup:
    since = f"since {clock_time(alarm.since_ms)}, {lasting((now.t_ms - alarm.since_ms) / 1000)}"
    return element(
        "article",
        element(
            "div",
            element(
                "span",
                _MARKS[alarm.priority],
                _PRIORITY_WORDS[alarm.family].format(alarm.priority).capitalize(),
                class_="badge",
            ),
            element("span", since, class_="soft small"),
            class_="card-top",
        ),
        element("h2", alarm.title),
        element("p", now.name_of(alarm.device), class_="whose") if alarm.device else None,
        element("p", _sentence(alarm.says), class_="soft"),
        _seen_to(alarm, now, token),
        class_=f"card alarm {alarm.priority} {alarm.family}{' seen' if alarm.is_acknowledged else ''}",
    )


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:].rstrip('.')}."


def _seen_to(alarm: StandingAlarm, now: Now, token: str) -> Markup:
    if alarm.is_acknowledged:
        return element("p", "Somebody is seeing to it.", class_="taken")
    is_quiet = alarm.key in now.quiet
    return element(
        "div",
        element("p", "Its sound is off for a while.", class_="taken") if is_quiet else None,
        _button("/acknowledge", "I am seeing to it", token=token, key=alarm.key, class_="primary"),
        None
        if is_quiet
        else _button("/silence", f"Quiet for {lasting(SILENCE_S)}", token=token, key=alarm.key),
        class_="actions",
    )


# --- Wearables ------------------------------------------------------------------------------


def _wearables(now: Now) -> list[Markup]:
    if not now.wearables:
        return [element("p", "What the gateway hears of wearables will stand here.", class_="card none")]
    return [_wearable(wearable, now) for wearable in now.wearables]


def _wearable(wearable: WearableNow, now: Now) -> Markup:
    shown = tiles(wearable.readings, now.t_ms)
    return element(
        "article",
        element(
            "div",
            element("h2", now.name_of(wearable.device)),
            element("span", _link_words(wearable), class_=f"link {_link_class(wearable)}"),
            class_="card-top",
        ),
        element("dl", *(_tile(tile) for tile in shown), class_="tiles")
        if shown
        else element("p", "No value yet.", class_="soft"),
        _about(wearable, now),
        class_="card wearable",
    )


def _tile(tile: Tile) -> Markup:
    return element(
        "div",
        element("dt", tile.title),
        element(
            "dd",
            element("b", tile.value),
            " ",
            element("span", tile.unit, class_="unit") if tile.unit else None,
        ),
        element(
            "dd",
            f"{ago(tile.age_s)}{', unsure' if tile.is_doubtful else ''}",
            class_="age",
        ),
        class_=f"tile{' old' if tile.is_old else ''}{' wide' if len(tile.value) > _WIDE else ''}",
    )


def _about(wearable: WearableNow, now: Now) -> Markup | None:
    report, facts = wearable.report, list[str]()
    if report is None:
        return None
    if report.battery_percent is not None:
        low = ", change or charge it" if report.battery_percent <= _BATTERY_LOW_PERCENT else ""
        facts.append(f"Battery {report.battery_percent} %{low}")
    if report.on_body is not None:
        facts.append("on the skin" if report.on_body else "not on the skin")
    if wearable.heard_ms is not None:
        facts.append(f"last value {ago((now.t_ms - wearable.heard_ms) / 1000)}")
    return element("p", " · ".join(facts), class_="soft small") if facts else None


def _is_connected(wearable: WearableNow) -> bool:
    return wearable.report is not None and wearable.report.link is LinkState.CONNECTED


def _link_words(wearable: WearableNow) -> str:
    return _LINK_WORDS[wearable.report.link] if wearable.report else "Not heard yet"


def _link_class(wearable: WearableNow) -> str:
    return "up" if _is_connected(wearable) else "lost"


# --- The gateway ----------------------------------------------------------------------------


def _gateway(now: Now) -> Markup:
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


# --- Words and shapes -----------------------------------------------------------------------

_PRIORITY_WORDS: Final = {
    Family.PHYSIOLOGICAL: "{} priority",
    Family.TECHNICAL: "equipment, {} priority",
}
_LINK_WORDS: Final = {
    LinkState.CONNECTED: "Heard",
    LinkState.DISCONNECTED: "Out of reach",
    LinkState.SILENT: "Silent",
}
_CLOCK_WORDS: Final = {True: "held by a time server", False: "not set by anybody", None: "unknown"}


def _mark(body: str) -> Markup:
    return Markup(
        f'<svg class="mark" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">{body}</svg>'
    )


_MARKS: Final = {
    Priority.HIGH: _mark('<path d="M12 2.5 22.5 21h-21z"/><path class="on" d="M8 12v5M12 10v7M16 12v5"/>'),
    Priority.MEDIUM: _mark(
        '<path d="M12 1.5 22.5 12 12 22.5 1.5 12z"/><path class="on" d="M10 8.5v7M14 8.5v7"/>'
    ),
    Priority.LOW: _mark('<circle cx="12" cy="12" r="10"/><path class="on" d="M12 8v8"/>'),
}
"""The shape of a priority, as on the cloud's pages."""
_BRAND: Final = Markup('<img src="/mark.svg" alt="" width="28" height="28">')
