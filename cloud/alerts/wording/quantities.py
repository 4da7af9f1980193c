"""Values, units and durations as a reader writes them: in his language, and glucose in his unit."""

from dataclasses import dataclass
from typing import Final

from cloud.alerts.wording.language import DEFAULT_LANGUAGE, Language, PluralWords, language
from cloud.ports import Role
from vitals.glucose import mmol_per_l
from vitals.kinds import OBSERVATION_KINDS

__all__ = [
    "MMOL_PER_L",
    "UNKNOWN",
    "Reader",
    "amount",
    "capital",
    "counted",
    "lasting",
    "number",
    "quantity",
    "unit_words",
]

MMOL_PER_L: Final = "mmol/L"
UNKNOWN: Final = "?"
_MMOL_UNITS: Final = {"mg/dL": (MMOL_PER_L, 1), "mg/dL/min": ("mmol/L/min", 2)}
"""Of what is kept by mass: the unit by amount, and the decimals that mean something in it."""
_UNIT_WORDS: Final = {kind.ucum: kind.unit_display for kind in OBSERVATION_KINDS.values()}
_MINUTE_S: Final = 60
_HOUR_S: Final = 3_600
_DAY_S: Final = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """For whom something is written: as what, in which language and unit of glucose.

    `is_patient`: it is about the reader. `wants_detail`: values and names may be shown where others look on.
    """

    role: Role = Role.CAREGIVER
    language: str = DEFAULT_LANGUAGE
    glucose_unit: str = "mg/dL"
    is_patient: bool = False
    wants_detail: bool = False

    @property
    def words(self) -> Language:
        """The words of the language, or of the nearest there is."""
        return language(self.language)


def number(value: float | None) -> str:
    """Return a value with no more digits than mean something."""
    return UNKNOWN if value is None else f"{value:.0f}" if float(value).is_integer() else f"{value:.4g}"


def quantity(value: float | None, ucum: str, reader: Reader) -> str:
    """Return a value, given in `ucum`, in the reader's unit."""
    if value is None or reader.glucose_unit != MMOL_PER_L or ucum not in _MMOL_UNITS:
        return number(value)
    _, decimals = _MMOL_UNITS[ucum]
    return f"{mmol_per_l(value):.{decimals}f}"


def amount(value: float, ucum: str, reader: Reader) -> float:
    """Return a value, given in `ucum`, as a number in the reader's unit."""
    is_converted = reader.glucose_unit == MMOL_PER_L and ucum in _MMOL_UNITS
    return mmol_per_l(value) if is_converted else value


def unit_words(ucum: str, reader: Reader) -> str:
    """Return what the reader calls a unit given as UCUM."""
    if reader.glucose_unit == MMOL_PER_L and ucum in _MMOL_UNITS:
        ucum, _ = _MMOL_UNITS[ucum]
    return reader.words.units.get(ucum, _UNIT_WORDS.get(ucum, ucum))


def capital(text: str) -> str:
    """Return a text as it begins a sentence."""
    return text[:1].upper() + text[1:]


def lasting(seconds: float, words: Language) -> str:
    """Return how long something lasts: 90 minutes are not "an hour", nor 30 hours "a day"."""
    whole = max(0, int(seconds))
    counts = words.durations
    for unit_s, least_s, said in (
        (_DAY_S, 2 * _DAY_S, counts.day),
        (_HOUR_S, 2 * _HOUR_S, counts.hour),
        (_MINUTE_S, _MINUTE_S, counts.minute),
    ):
        if whole >= least_s or whole == unit_s:
            return counted(whole // unit_s, said)
    return counted(whole, counts.second) if whole else counts.moment


def counted(count: int, words: PluralWords, **filled: str) -> str:
    """Return so many of something."""
    return (words.one if count == 1 else words.other).format(n=count, **filled)
