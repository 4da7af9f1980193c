"""A simulated day from midnight on, as fast as the service evaluates it."""

import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from carewire.day.clinic import Clinic, opened
from carewire.day.clock import DayClock
from carewire.day.people import People
from carewire.day.scripts import SCRIPTS
from carewire.day.truth import Reckoning, Truth, reckon
from carewire.day.wearer import Wearer
from cloud.burden.loads import Burden
from cloud.burden.service import Burdens
from cloud.early_warning.local_time import LocalTime
from cloud.ports import Alert, Person, Role
from vitals.records import AnyRecord, GatewayReport

__all__ = ["START_MS", "Cast", "Day", "live"]

START_MS: Final = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp() * 1000)
_STEP_S: Final = 20.0
_AFTERWARDS_S: Final = 180.0
"""How long it goes on after the last value, so that what is owed then is told."""
_MOST_ALERTS: Final = 100_000
_MOST_HAND_OFFS: Final = 5_000
_CLINICIAN: Final = Person(id="day-clinician", display_name="Clinician", role=Role.CLINICIAN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What a day came to. `seconds` is how much of it was lived, `cpu_s` what that took of this machine."""

    patients: int
    seconds: float
    observations: int
    cpu_s: float
    burden: Burden
    reckoning: Reckoning
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who lives for how long from midnight on, each by the next script; the same seed, the same day."""

    patients: int = 20
    hours: float = 24.0
    seed: int = 1
    first_script: int = 1

    def wearers(self) -> Sequence[Wearer]:
        """Return the patients."""
        return [
            Wearer(
                number=number,
                script=SCRIPTS[(self.first_script + number) % len(SCRIPTS)],
                seed=self.seed * 1_000 + number,
                start_ms=START_MS,
                day_s=self.hours * 3600.0,
            )
            for number in range(self.patients)
        ]


def live(cast: Cast, *, folder: Path | None = None, told: Callable[[float], None] = lambda _: None) -> Day:
    """Live a day; `told` is given each full hour as it begins."""
    began_s = time.process_time()
    wearers = cast.wearers()
    by_gateway = {wearer.gateway: wearer for wearer in wearers}
    clock = DayClock()
    clock.set(START_MS)

    def online(gateway: str) -> bool:
        return not by_gateway[gateway].is_offline((clock.wall_ms() - START_MS) / 1000)

    with (
        tempfile.TemporaryDirectory(dir=folder) as temporary,
        opened(Path(temporary), clock, online) as clinic,
    ):
        truth = Truth(wearers={wearer.patient_id: wearer for wearer in wearers})
        people = _people(clinic, wearers, truth)
        _live(clinic, wearers, people, told)
        return _day(clinic, wearers, truth, people, time.process_time() - began_s)


def _people(clinic: Clinic, wearers: Sequence[Wearer], truth: Truth) -> People:
    everybody = {_CLINICIAN.id: _CLINICIAN}
    for wearer in wearers:
        carer = Person(
            id=f"day-carer-{wearer.number:02d}",
            display_name=f"Carer {wearer.number:02d}",
            role=Role.CAREGIVER,
        )
        everybody[carer.id] = carer
        clinic.admit(wearer, (carer, _CLINICIAN))
    return People(
        reader=clinic.stores.relational.alerts,
        service=clinic.acknowledger,
        people=everybody,
        cause_of=truth.cause_of,
        local=LocalTime(zone=ZoneInfo("UTC")),
    )


def _live(clinic: Clinic, wearers: Sequence[Wearer], people: People, told: Callable[[float], None]) -> None:
    waiting: dict[str, list[AnyRecord]] = {wearer.gateway: [] for wearer in wearers}
    end_s = max(wearer.day_s for wearer in wearers) + _AFTERWARDS_S
    at_s = 0.0
    while at_s < end_s:
        from_s, at_s = at_s, at_s + _STEP_S
        clinic.clock.set(START_MS + round(at_s * 1000))
        for wearer in wearers:
            waiting[wearer.gateway] += wearer.records(from_s, at_s)
        going = [wearer.gateway for wearer in wearers if not wearer.is_offline(at_s)]
        clinic.receive({gateway: [*waiting[gateway], _report(clinic)] for gateway in going})
        for gateway in going:
            waiting[gateway].clear()
        people.act(clinic.clock.wall_ms(), clinic.stores.relational.alerts.newest_hand_offs(_MOST_HAND_OFFS))
        if at_s % 3600.0 < _STEP_S:
            told(at_s / 3600.0)


def _report(clinic: Clinic) -> GatewayReport:
    return GatewayReport(t_ms=clinic.clock.wall_ms(), software="day", outbox_records=0, outbox_bytes=0)


def _day(clinic: Clinic, wearers: Sequence[Wearer], truth: Truth, people: People, cpu_s: float) -> Day:
    relational = clinic.stores.relational
    alerts = [*_all_alerts(clinic, wearers)]
    seconds = max(wearer.day_s for wearer in wearers)
    burdens = Burdens(reader=relational.burden, local=people.local)
    return Day(
        patients=len(wearers),
        seconds=seconds,
        observations=sum(len(each.at_s) for wearer in wearers for each in wearer.measured),
        cpu_s=cpu_s,
        burden=burdens.of([wearer.patient_id for wearer in wearers], START_MS, clinic.clock.wall_ms() + 1),
        reckoning=reckon(
            truth, alerts, {alert.id: relational.alerts.hand_offs_of(alert.id) for alert in alerts}
        ),
        names={person.id: person.display_name for person in people.people.values()},
    )


def _all_alerts(clinic: Clinic, wearers: Iterable[Wearer]) -> Iterable[Alert]:
    for wearer in wearers:
        yield from clinic.stores.relational.alerts.alerts_of(
            wearer.patient_id, open_only=False, limit=_MOST_ALERTS
        )
