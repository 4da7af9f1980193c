"""What the address of an ECG asks for: from when, at which speed and gain; what cannot be read is said."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Self
from urllib.parse import urlencode

from cloud.api.problems import ProblemError
from cloud.api.times import moment
from cloud.early_warning.local_time import LocalTime
from cloud.ecg.stretches import Source
from cloud.web.ecg_overview import HOURS
from cloud.web.ecg_paper import GAINS, SPEEDS, Setting

__all__ = ["Asked"]

_USUAL: Final = Setting()
_USUAL_HOURS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Where to look and how; `at_ms` None: where the newest signal is; `is_read`: all was understood."""

    at_ms: int | None = None
    setting: Setting = _USUAL
    source: Source | None = None
    hours: int = _USUAL_HOURS
    is_read: bool = True

    @classmethod
    def read(cls, query: Mapping[str, str], local: LocalTime) -> Self:
        """Read the parameters of an address; a time without a zone is by the reader's clock."""
        at_ms, is_at_read = _time(query.get("at", ""), local)
        speed, is_speed_read = _one_of(SPEEDS, query.get("speed"), _USUAL.speed_mm_s)
        gain, is_gain_read = _one_of(GAINS, query.get("gain"), _USUAL.gain_mm_mv)
        hours, are_hours_read = _one_of(HOURS, query.get("hours"), _USUAL_HOURS)
        source = query.get("source")
        return cls(
            at_ms=at_ms,
            setting=Setting(speed_mm_s=speed, gain_mm_mv=gain),
            source=Source.read(source) if source else None,
            hours=int(hours),
            is_read=is_at_read and is_speed_read and is_gain_read and are_hours_read,
        )

    def address(self, at_ms: int | None = None) -> str:
        """Return the parameters that ask for the same, or for the same at another time."""
        at_ms = self.at_ms if at_ms is None else at_ms
        fields = {
            "at": None if at_ms is None else str(at_ms),
            "speed": f"{self.setting.speed_mm_s:g}",
            "gain": f"{self.setting.gain_mm_mv:g}",
            "hours": str(self.hours),
            "source": None if self.source is None else str(self.source),
        }
        return urlencode({name: value for name, value in fields.items() if value is not None})

    def at(self, at_ms: int, source: Source | None) -> Self:
        """Return the same with what was left open decided."""
        return replace(self, at_ms=at_ms, source=source)


def _time(text: str, local: LocalTime) -> tuple[int | None, bool]:
    if not text:
        return None, True
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    try:
        if found is not None and found.tzinfo is None and not text.isdigit():
            zone = local.zone
            found = found.astimezone() if zone is None else found.replace(tzinfo=zone)
            return moment(found.isoformat(), "at"), True
        return moment(text, "at"), True
    except (ProblemError, OverflowError, OSError):
        return None, False


def _one_of(allowed: tuple[float, ...], text: str | None, usual: float) -> tuple[float, bool]:
    if text is None:
        return usual, True
    found = {f"{value:g}": value for value in allowed}.get(text)
    return (usual, False) if found is None else (found, True)
