"""Recordings that cannot be judged: left out one by one, and named with the reason; none in silence."""

from dataclasses import dataclass, field

from vitals.errors import RecordingError

__all__ = ["LeftOut", "leave_out"]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What an evaluation did not judge, and why; its report says so under ``left_out``."""

    reasons: dict[str, str] = field(default_factory=dict)

    def note(self, record: str, reason: str) -> None:
        """Leave a recording out; the first reason stands."""
        self.reasons.setdefault(record, reason)

    def rows(self) -> list[dict[str, str]]:
        """Return a row a recording, in order of name."""
        return [{"record": record, "reason": self.reasons[record]} for record in sorted(self.reasons)]

    def first(self) -> str:
        """Say of one of them why it was left out, to end an error with; nothing where there is none."""
        return next((f" ({row['record']}: {row['reason']})" for row in self.rows()), "")


def leave_out(left_out: LeftOut | None, record: str, error: RecordingError) -> None:
    """Note a fault where faults are noted; raise it where, as in training, every recording must be whole."""
    if left_out is None:
        raise error
    left_out.note(record, str(error))
