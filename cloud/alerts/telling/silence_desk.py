"""Takes people's word that they do not want to hear of a condition for a while, where that may be."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.telling.quiet import LOUDNESS
from cloud.ports import Person, Priority, Silence, SilenceBook
from vitals.clock import Clock
from vitals.errors import ValidationError

__all__ = ["LONGEST_SILENCE_MS", "SilenceDesk", "can_be_silenced", "floor_of"]

LONGEST_SILENCE_MS: Final = 24 * 3_600_000
"""A silence is for a while: what is not to be heard of for longer is a matter of the patient's limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceDesk:
    """The silences of patients, in whichever process."""

    book: SilenceBook
    clock: Clock
    new_id: Callable[[], str]

    def silence(self, patient_id: str, condition: str, until_ms: int, reason: str, by: Person) -> Silence:
        """Hold a condition back from now on until a time.

        Raises
        ------
        ValidationError
            If there is no such condition, it cannot be silenced, or the end is past or too far away.
        """
        now_ms = self.clock.wall_ms()
        if condition not in RULES:
            raise ValidationError(f"there is no condition {condition}: see the alert for its name")
        if not can_be_silenced(condition):
            raise ValidationError(
                f"{RULES[condition].display} cannot be silenced: see to it, or have a clinician set a limit"
            )
        if not now_ms < until_ms <= now_ms + LONGEST_SILENCE_MS:
            raise ValidationError("a silence ends within a day from now: give a time in between")
        made = Silence(
            id=self.new_id(),
            patient_id=patient_id,
            condition=condition,
            from_ms=now_ms,
            until_ms=until_ms,
            author_id=by.id,
            floor=floor_of(condition),
            reason=reason,
            made_ms=now_ms,
        )
        self.book.add(made)
        return made

    def end(self, silence: Silence, by: Person) -> Silence:
        """Take a silence back; return it as it is now."""
        self.book.end(silence.id, by.id, self.clock.wall_ms())
        return self.book.silence(silence.id) or silence


def floor_of(condition: str) -> Priority:
    """Return from which priority on alerts of a condition go out whatever was silenced."""
    floor = RULES[condition].floor
    return Priority.HIGH if floor is None else floor


def can_be_silenced(condition: str) -> bool:
    """Tell whether a silence could hold anything of a condition back, at the priority that it ships with."""
    return LOUDNESS[RULES[condition].priority] < LOUDNESS[floor_of(condition)]
