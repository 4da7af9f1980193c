"""Takes people's word on the duty: who has it from now on, the weekly rota, and where it has holes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from cloud.alerts.telling.duty import Duties, Stretch, duties_between
from cloud.early_warning.local_time import LocalTime
from cloud.ports import DutyBook, DutyShift, LiveFeed, Permissions, Person, Rota, RotaSlot, Scope
from vitals.clock import Clock
from vitals.errors import ValidationError

__all__ = ["LONGEST_SHIFT_MS", "LOOK_AHEAD_MS", "MOST_SLOTS", "DutyDesk", "Finding", "Outlook", "Unwell"]

LOOK_AHEAD_MS: Final = 7 * 86_400_000
LONGEST_SHIFT_MS: Final = 14 * 86_400_000
MOST_SLOTS: Final = 100
_MINUTES_A_DAY: Final = 1_440
_WEEKDAYS: Final = 7
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Unwell(StrEnum):
    """What is not well with a rota for a while."""

    NOBODY = "nobody"
    TOGETHER = "together"
    MAY_NOT_SEE = "may-not-see"


_TOLD: Final[Mapping[Unwell, str]] = MappingProxyType(
    {
        Unwell.NOBODY: "Nobody has the duty {when}: everyone is told then. Fill the hole.",
        Unwell.TOGETHER: "{who} have the duty together {when}: all of them are told.",
        Unwell.MAY_NOT_SEE: "Somebody who may not see the patient has the duty {when}: name another.",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is not well from <= t < until; `who` are the names of those who have the duty then."""

    what: Unwell
    who: tuple[str, ...]
    from_ms: int
    until_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Who has the duty from now on for a week, the rota it follows, and what is not well with it."""

    stretches: Sequence[Stretch]
    rota: Rota | None
    findings: Sequence[Finding]


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyDesk:
    """The duty of patients, in whichever process."""

    book: DutyBook
    permissions: Permissions
    clock: Clock
    local: LocalTime
    new_id: Callable[[], str]
    live: LiveFeed

    def outlook(self, patient_id: str) -> Outlook:
        """Return who has the duty, and where nobody has or several have."""
        now_ms = self.clock.wall_ms()
        duties, rota = self._duties(patient_id, now_ms)
        stretches = duties.stretches(now_ms, now_ms + LOOK_AHEAD_MS)
        is_kept = bool(rota and rota.slots)
        names = {one.id: one.display_name for one in self.people(patient_id)}
        return Outlook(
            stretches=stretches,
            rota=rota if is_kept else None,
            findings=tuple(_findings(stretches, names)) if is_kept else (),
        )

    def take(self, patient_id: str, who: Person, until_ms: int | None, by: Person) -> None:
        """Have somebody take the duty over now; open pages are told who had it and who has it.

        Raises
        ------
        ValidationError
            If the person may not see the patient, or the end is past or too far away.
        """
        now_ms = self.clock.wall_ms()
        if not self.permissions.may_see(who, patient_id, Scope.ALERTS, now_ms):
            raise ValidationError("this person may not see the patient: grant access first")
        if until_ms is not None and not now_ms < until_ms <= now_ms + LONGEST_SHIFT_MS:
            raise ValidationError("a shift ends within two weeks from now: give a time in between, or none")
        before, _ = self._duties(patient_id, now_ms)
        shift = DutyShift(
            id=self.new_id(),
            patient_id=patient_id,
            person_id=who.id,
            from_ms=now_ms,
            until_ms=until_ms,
            made_by=by.id,
            made_ms=now_ms,
        )
        self.book.take(shift)
        self._tell(patient_id, before.at(now_ms))

    def give_back(self, patient_id: str, who: Person) -> None:
        """End the shift that a person has now, if one is theirs: the rota holds again, or everyone does."""
        now_ms = self.clock.wall_ms()
        before, _ = self._duties(patient_id, now_ms)
        for one in before.shifts:
            if one.person_id == who.id and one.from_ms <= now_ms:
                self.book.end(one, now_ms, who.id)
        self._tell(patient_id, before.at(now_ms))

    def set_rota(self, patient_id: str, slots: Sequence[RotaSlot], by: Person) -> None:
        """Write down who has the duty week by week.

        Raises
        ------
        ValidationError
            If a slot is of somebody who may not see the patient, or of a time that is none.
        """
        faults = list(self._faults(patient_id, slots))
        if faults:
            raise ValidationError("; ".join(faults))
        rota = Rota(patient_id=patient_id, slots=tuple(slots), author_id=by.id, made_ms=self.clock.wall_ms())
        self.book.set_rota(rota)

    def _duties(self, patient_id: str, now_ms: int) -> tuple[Duties, Rota | None]:
        until_ms = now_ms + LOOK_AHEAD_MS
        shifts = self.book.shifts_of([patient_id], now_ms, until_ms).get(patient_id, ())
        rota = self.book.rotas_of([patient_id]).get(patient_id)
        slots = rota.slots if rota else ()
        return duties_between(shifts, slots, self.local, now_ms, until_ms), rota

    def told(self, found: Finding) -> str:
        """Return a finding as a sentence, by the clock of the household."""
        when = f"from {self._said(found.from_ms)} until {self._said(found.until_ms)}"
        return _TOLD[found.what].format(when=when, who=", ".join(found.who))

    def people(self, patient_id: str) -> Sequence[Person]:
        """Return who can have the duty: everyone who is told of the patient's alerts."""
        return self.permissions.people_who_may_see(patient_id, Scope.ALERTS, self.clock.wall_ms())

    def _tell(self, patient_id: str, had: Sequence[str]) -> None:
        now_ms = self.clock.wall_ms()
        duties, _ = self._duties(patient_id, now_ms)
        self.live.publish(patient_id, "duty", {"had": list(had), "has": list(duties.at(now_ms))})

    def _said(self, t_ms: int) -> str:
        local = self.local.at(t_ms)
        return f"{_DAYS[local.weekday()]} {local:%Y-%m-%d %H:%M}"

    def _faults(self, patient_id: str, slots: Sequence[RotaSlot]) -> Sequence[str]:
        known = {one.id for one in self.people(patient_id)}
        faults = [] if len(slots) <= MOST_SLOTS else [f"a rota has at most {MOST_SLOTS} slots: join some"]
        for one in slots:
            if one.person_id not in known:
                faults.append(f"{one.person_id} may not see the patient: grant access first")
            if not 1 <= one.weekday <= _WEEKDAYS:
                faults.append("a weekday is 1 (Monday) to 7 (Sunday)")
            if not (0 <= one.from_minute < _MINUTES_A_DAY and 0 <= one.until_minute <= _MINUTES_A_DAY):
                faults.append("a slot begins and ends between 00:00 and 24:00")
        return faults


def _findings(stretches: Sequence[Stretch], names: Mapping[str, str]) -> Iterator[Finding]:
    for one in stretches:
        who = tuple(names.get(each, each) for each in one.person_ids)
        of_it = (
            (Unwell.NOBODY, not one.person_ids),
            (Unwell.TOGETHER, len(one.person_ids) > 1),
            (Unwell.MAY_NOT_SEE, any(each not in names for each in one.person_ids)),
        )
        for what, is_so in of_it:
            if is_so:
                yield Finding(what=what, who=who, from_ms=one.from_ms, until_ms=one.until_ms)
