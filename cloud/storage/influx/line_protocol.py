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

_SPACE = re.compile(r"(?<!\\) ")
_COMMA = re.compile(r"(?<!\\),")
_ESCAPES = str.maketrans({",": r"\,", "=": r"\=", " ": r"\ "})


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
    series = series_key(item, run)
    unknown = [None] * len(run.value)
    quality: Sequence[float | None] = run.quality or unknown
    device_ms: Sequence[int | None] = run.device_ms or unknown
    for t_ms, value, rating, dated_ms in zip(run.t_ms, run.value, quality, device_ms, strict=True):
        fields = f"value={number(value)},quality={number(UNKNOWN_QUALITY if rating is None else rating)}"
        if dated_ms is not None:
            fields += f",device_ms={dated_ms}i"
        yield (series, t_ms), Line(text=f"{series} {fields} {t_ms}", item=item)


def series_key(item: IdentifiedRecord, run: ObservationRun) -> str:
    """Return measurement and tags, in the order InfluxDB sorts them."""
    tags = {"clock": clock_tag(item), "device": run.device, "kind": run.kind}
    if item.patient_id:
        tags["patient"] = item.patient_id
    return key_of(MEASUREMENT, tags)


def key_of(measurement: str, tags: Mapping[str, str]) -> str:
    """Return what names a series; `tags` come in the order of their keys.

    Raises
    ------
    StorageError
        If a tag has no place in line protocol.
    """
    return ",".join([measurement, *(f"{key}={_tag(key, value)}" for key, value in tags.items())])


def believed_place(line: str) -> tuple[str, str, int] | None:
    """Return the patient, kind and time of a line made here; None if its time is not believed."""
    key, _fields, t_ms = _SPACE.split(line)
    tags = dict(tag.split("=", 1) for tag in _COMMA.split(key)[1:])
    if tags["clock"] != BELIEVED:
        return None
    return tags.get("patient", "").replace("\\", ""), tags["kind"], int(t_ms)


def clock_tag(item: IdentifiedRecord) -> str:
    """Return the `clock` of a record's points: believed, doubted, or stamped by a wrong clock."""
    if item.clock is None:
        return item.clock_doubt or BELIEVED
    doubt = item.clock_doubt
    still = "" if doubt in {None, ClockDoubt.UNSYNCED} else f" {doubt}"
    return run_tag(item.clock.boot_id, item.clock.offset_ms) + still


def run_tag(boot_id: str, offset_ms: int) -> str:
    """Return the `clock` of points that a wrong clock stamped: `cloud.storage.clock_runs` knows its shift."""
    return f"{RUN}{boot_id or UNNAMED}/{offset_ms}"


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
