"""The wearables of the page: their values with unit and age, their link, their battery."""

from typing import Final

from edge.board import WearableNow
from edge.now import Now
from edge.page.markup import Markup, element
from edge.page.values import Tile, tiles
from edge.page.words import ago
from vitals.records import LinkState

__all__ = ["is_connected", "wearable_card"]

_BATTERY_LOW_PERCENT: Final = 15
_WIDE: Final = 5
"""A value of more letters takes the room of two."""
_LINK_WORDS: Final = {
    LinkState.CONNECTED: "Heard",
    LinkState.DISCONNECTED: "Out of reach",
    LinkState.SILENT: "Silent",
}


def wearable_card(wearable: WearableNow, now: Now) -> Markup:
    """Return one wearable."""
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


def is_connected(wearable: WearableNow) -> bool:
    """Tell whether a wearable is heard now."""
    return wearable.report is not None and wearable.report.link is LinkState.CONNECTED


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


def _link_words(wearable: WearableNow) -> str:
    return _LINK_WORDS[wearable.report.link] if wearable.report else "Not heard yet"


def _link_class(wearable: WearableNow) -> str:
    return "up" if is_connected(wearable) else "lost"
