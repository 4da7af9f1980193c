"""The files of an export, each a table that is read while it is written: no history is ever held whole."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np

from cloud.export.csv_cells import lines, moments
from cloud.export.sources import Sources
from cloud.export.stretches import stretches
from cloud.ports import Alert, ClinicalNote, PatientMessage, Scope, Strip
from vitals.kinds import OBSERVATION_KINDS

__all__ = ["PARTS", "Part", "Table"]

_TIMES: Final = ("time", "time_utc")
_FIRST_MS: Final = 0
_LAST_MS: Final = 1 << 44
_DAY_MS: Final = 86_400_000
_EARLIEST_STRIP_MS: Final = 1_577_836_800_000  # 2020: no strip is of before
_MOST_ALERTS: Final = 1_000_000
_MOST_NOTES: Final = 1_000_000
_MOST_MESSAGES: Final = 1_000_000
_MOST_REPORTS: Final = 1_000_000

Rows = Iterator[Sequence[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A file of the archive: what it is in words, its columns, and its rows, read as they are written."""

    name: str
    about: str
    header: Sequence[str]
    rows: Rows

    def content(self) -> Iterator[bytes]:
        """Yield the file."""
        return lines(self.header, self.rows)


Part = Callable[[Sources, str, int], Iterable[Table]]
"""Returns the tables of one sort, of a patient, as of now."""


def measurements(sources: Sources, patient_id: str, _now_ms: int) -> Iterator[Table]:
    """Return a table of each kind that was ever measured."""
    for key, kind in OBSERVATION_KINDS.items():
        if len(sources.series.observations(patient_id, key, _FIRST_MS, _LAST_MS, 1).t_ms):
            yield Table(
                name=f"measurements/{key}.csv",
                about=f"{kind.display}, every value, in {kind.unit_display or 'no unit'}",
                header=(*_TIMES, "value", "unit", "quality_0_to_1", "device"),
                rows=_points(sources, patient_id, key),
            )


def _points(sources: Sources, patient_id: str, kind: str) -> Rows:
    unit = OBSERVATION_KINDS[kind].unit_display
    for series in stretches(sources.series, patient_id, kind, (_FIRST_MS, _LAST_MS)):
        for point in series.points:
            times = moments(sources.local, point.t_ms)
            yield (*times, point.value, unit, point.quality, point.device)


def waveforms(sources: Sources, patient_id: str, now_ms: int) -> Iterator[Table]:
    """Return a table of each kind and day of which strips are kept: a row a strip, its values in a cell."""
    for key, kind in OBSERVATION_KINDS.items():
        for day_ms in range(_first_day_ms(sources, patient_id, now_ms), now_ms + _DAY_MS, _DAY_MS):
            strips = [
                strip
                for strip in sources.series.waveforms(patient_id, key, day_ms, day_ms + _DAY_MS)
                if day_ms <= strip.t0_ms < day_ms + _DAY_MS
            ]
            if strips:
                _, utc = moments(sources.local, day_ms)
                yield Table(
                    name=f"waveforms/{key}/{utc[:10]}.csv",
                    about=f"{kind.display} as it was drawn, in {kind.unit_display or 'no unit'}",
                    header=(*_TIMES, "values_a_second", "unit", "lead", "device", "values"),
                    rows=(_strip_row(sources, strip) for strip in strips),
                )


def _first_day_ms(sources: Sources, patient_id: str, now_ms: int) -> int:
    worn = sources.directory.worn_by(patient_id, _FIRST_MS, now_ms)
    first_ms = max(_EARLIEST_STRIP_MS, min((one.from_ms for one in worn), default=now_ms))
    return first_ms - first_ms % _DAY_MS


def _strip_row(sources: Sources, strip: Strip) -> Sequence[object]:
    values = np.frombuffer(strip.samples, "<i2") * strip.scale + strip.offset
    shown = " ".join(f"{value:.6g}" for value in values.tolist())
    unit = OBSERVATION_KINDS[strip.kind].unit_display
    times = moments(sources.local, strip.t0_ms)
    return (*times, strip.rate_hz, unit, strip.lead, strip.device, shown)


def events(sources: Sources, patient_id: str, _now_ms: int) -> Iterator[Table]:
    """Return what gateways noticed."""
    found = sources.occurrences.events(patient_id, _FIRST_MS, _LAST_MS)
    yield Table(
        name="events.csv",
        about="what your gateway noticed by itself, from its beginning to its end",
        header=(*_TIMES, "what", "phase", "device"),
        rows=(
            (*moments(sources.local, one.t_ms), one.condition, one.phase.value, one.device) for one in found
        ),
    )


def gaps(sources: Sources, patient_id: str, _now_ms: int) -> Iterator[Table]:
    """Return what was not measured, and why."""
    rows = (
        (key, *moments(sources.local, one.from_ms), *moments(sources.local, one.to_ms), one.reason.value)
        for key in OBSERVATION_KINDS
        for one in sources.occurrences.gaps(patient_id, key, _FIRST_MS, _LAST_MS)
    )
    header = ("what", "from", "from_utc", "to", "to_utc", "why")
    yield Table(name="gaps.csv", about="when something was not measured, and why", header=header, rows=rows)


def alerts(sources: Sources, patient_id: str, _now_ms: int) -> Iterator[Table]:
    """Return every alert with its reason in words, and whom it was told to."""
    found = sources.alerts.alerts_of(patient_id, open_only=False, limit=_MOST_ALERTS)
    yield Table(
        name="alerts.csv",
        about="every alert, why it was raised, and what became of it",
        header=(*_TIMES, "what", "priority", "why", "state", "over", "over_utc", "taken_on_by", "answer"),
        rows=(_alert_row(sources, one) for one in found),
    )
    yield Table(
        name="told.csv",
        about="whom your alerts were told to, by which way, and whether it went",
        header=("alert_began", "alert_began_utc", "alert", *_TIMES, "whom", "by", "failed_because"),
        rows=(
            (
                *moments(sources.local, one.began_ms),
                one.condition,
                *moments(sources.local, given.at_ms),
                _name(sources, given.person_id),
                given.channel,
                given.error,
            )
            for one in found
            for given in sources.alerts.hand_offs_of(one.id)
        ),
    )


def _alert_row(sources: Sources, one: Alert) -> Sequence[object]:
    return (
        *moments(sources.local, one.began_ms),
        one.condition,
        one.priority.value,
        one.explanation.get("summary"),
        one.state.value,
        *moments(sources.local, one.resolved_ms),
        None if one.acknowledged_by is None else _name(sources, one.acknowledged_by),
        one.acknowledged_reason,
    )


def facts(sources: Sources, patient_id: str, _now_ms: int) -> Iterator[Table]:
    """Return what was said of the patient."""
    rows = (
        (
            *moments(sources.local, one.made_ms),
            one.name,
            _as_text(one.value),
            *moments(sources.local, one.from_ms),
            *moments(sources.local, one.until_ms),
            _name(sources, one.author_id),
        )
        for one in sources.facts.of([patient_id]).get(patient_id, ())
    )
    header = (*_TIMES, "what", "value", "from", "from_utc", "until", "until_utc", "said_by")
    yield Table(name="facts.csv", about="what people said of you", header=header, rows=rows)


def _as_text(value: object) -> object:
    """Return a value that a cell can hold; what is made of several, as JSON."""
    return msgspec.json.encode(value).decode() if isinstance(value, dict) else value


def notes(sources: Sources, patient_id: str, _now_ms: int) -> Iterator[Table]:
    """Return what those who treat the patient wrote down."""
    rows = _written(sources, sources.notes.of(patient_id, _MOST_NOTES))
    yield Table(
        name="notes.csv",
        about="what those who treat you wrote down about you, newest first",
        header=(*_TIMES, "note", "written_by"),
        rows=rows,
    )


def messages(sources: Sources, patient_id: str, _now_ms: int) -> Iterator[Table]:
    """Return what the patient and those who care for them wrote to each other."""
    rows = _written(sources, sources.messages.of(patient_id, _MOST_MESSAGES))
    yield Table(
        name="messages.csv",
        about="what you and those who care for you wrote to each other, newest first",
        header=(*_TIMES, "message", "written_by"),
        rows=rows,
    )


def _written(sources: Sources, texts: Iterable[ClinicalNote | PatientMessage]) -> Rows:
    return ((*moments(sources.local, one.made_ms), one.text, _name(sources, one.author_id)) for one in texts)


def people(sources: Sources, patient_id: str, now_ms: int) -> Iterator[Table]:
    """Return who may see the patient now."""
    rows = (
        (one.display_name, one.role.value, scope.value)
        for scope in Scope
        for one in sources.permissions.people_who_may_see(patient_id, scope, now_ms)
    )
    yield Table(
        name="who-may-see.csv",
        about="who may see what of you today",
        header=("who", "as_what", "may_see"),
        rows=rows,
    )


def looks(sources: Sources, patient_id: str, _now_ms: int) -> Iterator[Table]:
    """Return what was done to the record."""
    rows = ((*moments(sources.local, one.t_ms), one.by, one.deed) for one in sources.looks(patient_id))
    yield Table(
        name="who-looked.csv",
        about="who looked at your record or changed something about it, newest first",
        header=(*_TIMES, "who", "what"),
        rows=iter(rows),
    )


def devices(sources: Sources, patient_id: str, now_ms: int) -> Iterator[Table]:
    """Return what was worn, and how it was."""
    worn = sources.directory.worn_by(patient_id, _FIRST_MS, now_ms)
    yield Table(
        name="devices.csv",
        about="what you wore, from when to when",
        header=("device", "from", "from_utc", "to", "to_utc"),
        rows=(
            (one.device, *moments(sources.local, one.from_ms), *moments(sources.local, one.to_ms))
            for one in worn
        ),
    )
    reports = sources.occurrences.device_reports(patient_id, _FIRST_MS, _LAST_MS, _MOST_REPORTS)
    yield Table(
        name="device-reports.csv",
        about="how your devices were: connected or not, and their batteries",
        header=(*_TIMES, "device", "connection", "battery_percent", "on_body"),
        rows=(
            (*moments(sources.local, one.t_ms), one.device, one.link.value, one.battery_percent, one.on_body)
            for one in reports
        ),
    )


def _name(sources: Sources, person_id: str) -> str:
    person = sources.directory.person(person_id)
    return person.display_name if person else person_id


PARTS: Final[Sequence[Part]] = (
    measurements,
    waveforms,
    events,
    gaps,
    alerts,
    facts,
    notes,
    messages,
    devices,
    people,
    looks,
)
"""All of them, in the order in which they stand in the archive."""
