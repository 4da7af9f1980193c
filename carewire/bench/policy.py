"""How long it takes to decide who may do what, from memory and with the look at the epoch that it needs."""

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Final

from carewire.bench.figures import Figures
from cloud.access.gatekeeper import Gatekeeper
from cloud.access.policies import POLICIES
from cloud.access.relations import Decision, Need, Picture
from cloud.access.visits import need_of
from cloud.ports import EVERYTHING, OPERATOR, Grant, Person, Related, Role
from cloud.storage.relational.opening import open_relational
from cloud.storage.relational.relations import RelationalRelations

__all__ = ["measure"]

PATIENTS: Final = 1_000
CAREGIVERS: Final = 5
CHECKS: Final = 20_000
ROUNDS: Final = 7
_NOW_MS: Final = 5
_NEEDS: Final = [need_of(policy) for policy, row in POLICIES.items() if row.need is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clinic:
    """A clinic's relations, whose epoch stands in a database as in service."""

    relations: Related
    kept: RelationalRelations

    def epoch(self) -> int:
        """Ask the database, as a gatekeeper does now and then."""
        return self.kept.epoch()

    def related(self, _: int) -> Related:
        """Return the relations as they are at that epoch."""
        return replace(self.relations, epoch=self.kept.epoch())


def measure() -> Figures:
    """Decide for a clinic's patients: for those who may, and as often for those who may not."""
    related = _clinic()
    began_s = time.process_time()
    picture = Picture.of(related)
    drawn_ms = (time.process_time() - began_s) * 1e3
    with tempfile.TemporaryDirectory() as folder:
        relational = open_relational(f"sqlite:///{Path(folder) / 'carewire.db'}")
        try:
            keeper = Gatekeeper(
                reader=_Clinic(relations=related, kept=relational.relations),
                wall_ms=lambda: _NOW_MS,
                monotonic_s=time.monotonic,
            )
            checked_us = [_check_us(keeper.decide) for _ in range(ROUNDS)]
        finally:
            relational.close()
    return {
        "patients": PATIENTS,
        "grants": len(related.grants),
        "decide_us": round(median(_check_us(picture.decide) for _ in range(ROUNDS)), 2),
        "check_us": round(median(checked_us), 2),
        "slowest_round_us": round(max(checked_us), 2),
        "draw_ms": round(drawn_ms, 1),
    }


def _clinic() -> Related:
    people = [
        Person(id=f"u-{number}", display_name="Bench", role=Role.CAREGIVER) for number in range(PATIENTS)
    ]
    grants = [
        Grant(
            id=f"{number}-{other}",
            patient_id=f"p-{number}",
            person_id=f"u-{(number + other) % PATIENTS}",
            scopes=EVERYTHING,
            from_ms=0,
            given_by=OPERATOR,
            given_ms=0,
        )
        for number in range(PATIENTS)
        for other in range(CAREGIVERS)
    ]
    return Related(epoch=1, people=people, grants=grants)


def _asked() -> Iterator[tuple[str, str]]:
    """Yield who asks for whom: half of them may."""
    for number in range(CHECKS):
        yield f"u-{number % PATIENTS}", f"p-{(number + number % 2 * 500) % PATIENTS}"


def _check_us(decide: Callable[[str, str, Need, int], Decision]) -> float:
    """Return the processor time of one check, of a round of them."""
    asked = list(_asked())
    began_s = time.process_time()
    for number, (person, patient) in enumerate(asked):
        decide(person, patient, _NEEDS[number % len(_NEEDS)], _NOW_MS)
    return (time.process_time() - began_s) / CHECKS * 1e6
