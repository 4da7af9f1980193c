"""How long each device was worn, by what it said of itself: what it did not say is not made up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from cloud.ports import Worn
from vitals.records import DeviceReport, LinkState

__all__ = ["HOLDS_MS", "Wear", "wear"]

HOLDS_MS: Final = 900_000
"""A device's word holds until its next, and no longer than this: gateways repeat it every five minutes."""
_WITHIN_REACH: Final = frozenset({LinkState.CONNECTED, LinkState.AWAY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wear:
    """A device over a period: how long it was the patient's, within reach, and on the body.

    None is what it never tells.
    """

    device: str
    model: str | None
    theirs_ms: int
    within_reach_ms: int | None
    on_body_ms: int | None


def wear(spans: Sequence[Worn], reports: Iterable[DeviceReport]) -> tuple[Wear, ...]:
    """Return how each device was worn that was the patient's in `spans`, by reports in order of time."""
    said: dict[str, list[DeviceReport]] = {}
    for report in reports:
        said.setdefault(report.device, []).append(report)
    return tuple(
        _of(device, [each for each in spans if each.device == device], said.get(device, ()))
        for device in dict.fromkeys(each.device for each in spans)
    )


def _of(device: str, spans: Sequence[Worn], reports: Sequence[DeviceReport]) -> Wear:
    within_reach_ms = on_body_ms = 0
    for report, until_ms in _held(reports):
        held_ms = sum(_overlap_ms(span, report.t_ms, until_ms) for span in spans)
        within_reach_ms += held_ms if report.link in _WITHIN_REACH else 0
        on_body_ms += held_ms if report.on_body else 0
    return Wear(
        device=device,
        model=next((each.model for each in reversed(reports) if each.model), None),
        theirs_ms=sum(span.to_ms - span.from_ms for span in spans),
        within_reach_ms=within_reach_ms if reports else None,
        on_body_ms=on_body_ms if any(each.on_body is not None for each in reports) else None,
    )


def _held(reports: Sequence[DeviceReport]) -> Iterable[tuple[DeviceReport, int]]:
    for report, following in pairwise(reports):
        yield report, min(following.t_ms, report.t_ms + HOLDS_MS)
    if reports:
        yield reports[-1], reports[-1].t_ms + HOLDS_MS


def _overlap_ms(span: Worn, from_ms: int, to_ms: int) -> int:
    return max(0, min(span.to_ms, to_ms) - max(span.from_ms, from_ms))
