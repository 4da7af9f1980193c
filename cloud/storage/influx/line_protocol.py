"""Observation runs as line protocol: one line a point.

The measurement is `observation`. Its tags make a point's identity, together with the time:
`patient` (absent: nobody wore the device), `device`, `kind`, and `clock` (whether the time is
believed, or which wrong clock stamped it), so points of two devices at one millisecond both survive.
No tag ever holds the id of a message or a session: each value would be a new series.

`value` and `quality` are floats; `quality` is always written, -1 if unknown: a point written again keeps
whatever fields the new line leaves out. `device_ms`, an integer, is there only if the wearable dated it.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from cloud.ports import ClockDoubt, IdentifiedRecord
from vitals.errors import StorageError
from vitals.records import ObservationRun

MEASUREMENT = "observation"
BELIEVED = "believed"
RUN = "run "
UNNAMED = "unnamed"
DOUBTED = tuple(f" {doubt}" for doubt in ClockDoubt if doubt is not ClockDoubt.UNSYNCED)
"""How the clock of a run ends whose times are doubted even when they are put right."""
UNKNOWN_QUALITY = -1.0

_ESCAPES = str.maketrans({",": r"\,", "=": r"\=", " ": r"\ "})
_ESCAPED = re.compile(r"\\([,= ])")
_SPACE, _COMMA, _EQUALS = (re.compile(rf"(?<!\\){mark}") for mark in " ,=")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One point as text, and the record it came from."""

    text: str
    item: IdentifiedRecord


def lines_of(records: Iterable[IdentifiedRecord]) -> Sequence[Line]:
    """Return a line for each point of the runs among `records`; of two for one point, the later.

    Raises
    ------
    StorageError
        If a value or tag has no place in line protocol.
    """
    lines: dict[tuple[str, int], Line] = {}
    for item in records:
        if isinstance(item.record, ObservationRun):
            lines.update(_lines_of_run(item, item.record))
    return tuple(lines.values())


def _lines_of_run(item: IdentifiedRecord, run: ObservationRun) -> Iterator[tuple[tuple[str, int], Line]]:
    clock = item.clock
    series = series_key(
        patient_id=item.patient_id or "",
        kind=run.kind,
        device=run.device,
        clock=clock_name(item.clock_doubt, (clock.boot_id, clock.offset_ms) if clock else None),
    )
    unknown = [None] * len(run.value)
    quality: Sequence[float | None] = run.quality or unknown
    device_ms: Sequence[int | None] = run.device_ms or unknown
    for point in zip(run.t_ms, run.value, quality, device_ms, strict=True):
        yield (series, point[0]), Line(text=point_line(series, *point), item=item)


def point_line(series: str, t_ms: int, value: float, quality: float | None, device_ms: int | None) -> str:
    """Return one point as text.

    Raises
    ------
    StorageError
        If a value is no finite number.
    """
    fields = f"value={number(value)},quality={number(UNKNOWN_QUALITY if quality is None else quality)}"
    if device_ms is not None:
        fields += f",device_ms={device_ms}i"
    return f"{series} {fields} {t_ms}"


def series_key(*, patient_id: str, kind: str, device: str, clock: str) -> str:
    """Return measurement and tags of points, in the order InfluxDB sorts them."""
    tags = {"clock": clock, "device": device, "kind": kind}
    if patient_id:
        tags["patient"] = patient_id
    return key_of(MEASUREMENT, tags)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePlace:
    """Where a line's point belongs."""

    patient_id: str
    kind: str
    clock: str
    t_ms: int


def place_of(text: str) -> LinePlace:
    """Return where a line that `point_line` made belongs."""
    key, _, t_ms = (part for part in _SPACE.split(text))
    tags = dict(_EQUALS.split(tag) for tag in _COMMA.split(key)[1:])
    known = {name: _ESCAPED.sub(r"\1", value) for name, value in tags.items()}
    return LinePlace(
        patient_id=known.get("patient", ""), kind=known["kind"], clock=known["clock"], t_ms=int(t_ms)
    )


def key_of(measurement: str, tags: Mapping[str, str]) -> str:
    """Return what names a series; `tags` come in the order of their keys.

    Raises
    ------
    StorageError
        If a tag has no place in line protocol.
    """
    return ",".join([measurement, *(f"{key}={_tag(key, value)}" for key, value in tags.items())])


def clock_name(doubt: ClockDoubt | None, run: tuple[str, int] | None) -> str:
    """Return the `clock` of points: believed, doubted, or stamped by the wrong clock of a run."""
    if run is None:
        return doubt or BELIEVED
    still = "" if doubt in {None, ClockDoubt.UNSYNCED} else f" {doubt}"
    return run_tag(*run) + still


def run_tag(boot_id: str, offset_ms: int) -> str:
    """Return the `clock` of points that a wrong clock stamped: `journal.clock_runs` knows its shift."""
    return f"{RUN}{_writable(boot_id) or UNNAMED}/{offset_ms}"


def _writable(boot_id: str) -> str:
    """Return what a gateway calls its boot, spelt otherwise where a tag cannot hold it: none is refused."""
    is_plain = boot_id.isprintable() and not {"\\", "%"}.intersection(boot_id)
    return boot_id if is_plain else quote(boot_id, safe=" ")


def _tag(key: str, value: str) -> str:
    if not value or "\\" in value or not value.isprintable():
        raise StorageError(
            f"{key} {value!r} cannot be a tag of InfluxDB: give it a name that is not empty "
            "and has no backslash or line break"
        )
    return value.translate(_ESCAPES)


def number(value: float) -> str:
    """Return a float as line protocol writes it; a whole number is one too."""
    if not math.isfinite(value):
        raise StorageError("a value that is no finite number cannot be stored: quarantine its record")
    return repr(float(value))
