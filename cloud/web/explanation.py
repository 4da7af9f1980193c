"""An alert's explanation, read for a page. What is absent or of an unexpected shape is not shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.rules.rows import ForecastRule, RateRule
from cloud.alerts.wording.quantities import Reader, amount, capital, unit_words
from cloud.alerts.wording.texts import explained_to, kind_name
from cloud.ports import Alert, Role
from cloud.web.drawing import Box, trace_paths
from cloud.web.words import N_, Sentence
from vitals.kinds import OBSERVATION_KINDS

__all__ = ["Contributor", "Drawn", "Explained", "History", "Judgement", "Labelled", "explained"]

BEAT_BOX: Final = Box(width=240, height=96, margin=8)
PROTOTYPE_BOX: Final = Box(width=120, height=60, margin=6)
STRIP_BOX: Final = Box(width=480, height=96, margin=8)
_READ_AS: Final[Mapping[type[object], Sentence]] = MappingProxyType(
    {RateRule: Sentence(message=N_("Change")), ForecastRule: Sentence(message=N_("Expected"))}
)
_MEASURED: Final = Sentence(message=N_("Measured"))
_BAR_WIDTH: Final = 120.0
_BAR_MARGIN: Final = 5.0
_PAIR: Final = 2
_KIND_OF_OLD: Final = "heart_rate"
"""Of what an older program kept the minutes, without saying so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contributor:
    """One reason with its unit; `bar` places the value and the usual range on a bar of 0 to `_BAR_WIDTH`."""

    name: str
    value: float
    unit: str
    says: str
    usual: tuple[float, float] | None
    bar: tuple[float, float, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a model said."""

    name: str
    version: str
    probability: float
    threshold: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A beat that people labelled, as SVG path data, and how far from it the one judged lies."""

    label: str
    distance: float | None
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What was judged, as SVG path data: a beat over the wearer's median beat at one scale, or a strip.

    A path is empty where there is nothing to draw.
    """

    median: str = ""
    beat: str = ""
    beat_ms: int = 0
    prototypes: tuple[Labelled, ...] = ()
    strip: str = ""
    strip_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The minutes before, what was measured in them, and its limit if that is what was reached."""

    points: tuple[tuple[int, float], ...] = ()
    name: str = ""
    unit: str = ""
    limit: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """Everything a page tells about why an alert was raised; `read_as` is what its value is."""

    summary: str
    read_as: Sentence
    value: float | None
    limit: float | None
    unit: str
    quality: float | None
    contributors: tuple[Contributor, ...]
    judgement: Judgement | None
    drawn: Drawn
    advice: str | None
    usual: str | None
    left_out: tuple[str, ...]
    history: History


def explained(alert: Alert, reader: Reader) -> Explained:
    """Return an alert's explanation as `reader` is told it."""
    given = explained_to(alert, reader)
    unit = _text(given.get("unit")) or ""
    rule = type(RULES.get(alert.condition))
    return Explained(
        summary=_text(given.get("summary")) or "",
        read_as=_READ_AS.get(rule, _MEASURED),
        value=_amount(given.get("value"), unit, reader),
        limit=_amount(given.get("limit"), unit, reader),
        unit=unit_words(unit, reader),
        quality=_number(given.get("quality")),
        contributors=tuple(_contributors(given.get("contributors"), reader)),
        judgement=_judgement(given.get("model")),
        drawn=_drawn(given),
        advice=_advice(given.get("advice"), reader.role),
        usual=_text(given.get("usual")),
        left_out=tuple(_texts(given.get("left_out_says"))),
        history=_history(given, reader, has_limit=rule is not RateRule),
    )


def _contributors(given: object, reader: Reader) -> Sequence[Contributor]:
    rows = [row for row in _list(given) if isinstance(row, Mapping)]
    return [found for row in rows if (found := _contributor(row, reader)) is not None]


def _contributor(row: Mapping[str, object], reader: Reader) -> Contributor | None:
    unit = _text(row.get("unit")) or ""
    name, value = _text(row.get("name")), _amount(row.get("value"), unit, reader)
    if name is None or value is None:
        return None
    low, high = (_amount(row.get(side), unit, reader) for side in ("usual_low", "usual_high"))
    usual = None if low is None or high is None else (low, high)
    return Contributor(
        name=name,
        value=value,
        unit=unit_words(unit, reader),
        says=_text(row.get("says")) or "",
        usual=usual,
        bar=None if usual is None else _bar(value, *usual),
    )


def _bar(value: float, low: float, high: float) -> tuple[float, float, float] | None:
    """Return where the usual range begins and ends and where the value is, the range in the middle third."""
    if high <= low:
        return None
    start, end = _BAR_WIDTH / 3, 2 * _BAR_WIDTH / 3
    place = start + (value - low) / (high - low) * (end - start)
    return start, end, round(min(max(place, _BAR_MARGIN), _BAR_WIDTH - _BAR_MARGIN), 1)


def _judgement(given: object) -> Judgement | None:
    if not isinstance(given, Mapping):
        return None
    name, probability = _text(given.get("name")), _number(given.get("probability"))
    if name is None or probability is None:
        return None
    return Judgement(
        name=name,
        version=str(given.get("version", "")),
        probability=probability,
        threshold=_number(given.get("threshold")),
    )


def _drawn(given: Mapping[str, object]) -> Drawn:
    median, beat = _trace(given.get("median_beat")), _trace(given.get("beat"))
    strip = _trace(given.get("strip"))
    longest = max(median, beat, key=lambda trace: len(trace.uv))
    paths = trace_paths([median.uv, beat.uv], BEAT_BOX)
    return Drawn(
        median=paths[0],
        beat=paths[1],
        beat_ms=round(1000 * longest.seconds),
        prototypes=tuple(_prototypes(given.get("prototypes"))),
        strip=trace_paths([strip.uv], STRIP_BOX)[0],
        strip_s=round(strip.seconds, 1),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trace:
    uv: Sequence[float] = ()
    seconds: float = 0.0


def _trace(given: object) -> _Trace:
    if not isinstance(given, Mapping):
        return _Trace()
    samples, rate_hz = _numbers(given.get("uv")), _number(given.get("rate_hz"))
    return _Trace(uv=samples, seconds=len(samples) / rate_hz) if samples and rate_hz else _Trace()


def _prototypes(given: object) -> Sequence[Labelled]:
    rows = given if isinstance(given, Sequence) and not isinstance(given, str) else ()
    return [found for row in rows if isinstance(row, Mapping) and (found := _prototype(row)) is not None]


def _prototype(row: Mapping[str, object]) -> Labelled | None:
    label = _text(row.get("label"))
    if label is None:
        return None
    [path] = trace_paths([_trace(row.get("beat")).uv], PROTOTYPE_BOX)
    return Labelled(label=label, distance=_number(row.get("distance")), path=path)


def _history(given: Mapping[str, object], reader: Reader, *, has_limit: bool) -> History:
    pairs = [_numbers(each) for each in _list(given.get("history"))]
    kind = OBSERVATION_KINDS.get(_text(given.get("history_kind")) or _KIND_OF_OLD)
    if kind is None:
        return History()
    of_old = _KIND_OF_OLD if given.get("unit") == "/min" else None
    reached = given.get("kind", of_old)
    return History(
        points=tuple(
            (int(pair[0]), amount(pair[1], kind.ucum, reader)) for pair in pairs if len(pair) == _PAIR
        ),
        name=capital(kind_name(kind.key, reader.words)),
        unit=unit_words(kind.ucum, reader),
        limit=_amount(given.get("limit"), kind.ucum, reader) if has_limit and reached == kind.key else None,
    )


def _texts(given: object) -> list[str]:
    return [each for each in _list(given) if isinstance(each, str)]


def _list(given: object) -> list[object]:
    return given if isinstance(given, list) else []


def _numbers(given: object) -> list[float]:
    found = [_number(each) for each in given] if isinstance(given, list | tuple) else []
    return [] if None in found else [each for each in found if each is not None]


def _advice(given: object, role: Role) -> str | None:
    if isinstance(given, Mapping):
        return _text(given.get(role.value)) or _text(given.get(Role.CAREGIVER.value))
    return _text(given)


def _text(given: object) -> str | None:
    return given if isinstance(given, str) and given else None


def _number(given: object) -> float | None:
    return float(given) if isinstance(given, int | float) and not isinstance(given, bool) else None


def _amount(given: object, ucum: str, reader: Reader) -> float | None:
    found = _number(given)
    return None if found is None else amount(found, ucum, reader)
