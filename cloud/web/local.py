"""Dates, times and numbers as a reader writes them, by their region where their browser tells it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time, get_datetime_format
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent

from cloud.api.reader import PageReader
from cloud.web.catalogues import Catalogue, catalogue

__all__ = ["Local", "local_of"]

_TENTHS_FROM: Final = 10
_WHOLE_FROM: Final = 100
"""From here on a tenth means nothing; below the first, two digits are enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """A reader's sentences, calendar, clock and digits."""

    words: Catalogue
    locale: Locale
    reader: PageReader

    @property
    def tag(self) -> str:
        """Return the language and region as HTML names them (BCP 47)."""
        return str(self.locale).replace("_", "-")

    def moment(self, t_ms: int) -> str:
        """Return day and time by the reader's clock; by the service's, it says so."""
        at = self.reader.local.at(t_ms)
        both = str(get_datetime_format("medium", locale=self.locale)).replace("'", "")
        said = both.format(format_time(at, "short", locale=self.locale), self._date(at))
        return f"{said} {at.tzname()}" if self.reader.is_zone_named else said

    def clock(self, t_ms: int) -> str:
        """Return the time of day of a moment, to the second; by the service's clock, it says so."""
        at = self.reader.local.at(t_ms)
        said = str(format_time(at, "medium", locale=self.locale))
        return f"{said} {at.tzname()}" if self.reader.is_zone_named else said

    def hour(self, t_ms: int) -> str:
        """Return the time of day of a moment without seconds."""
        return str(format_time(self.reader.local.at(t_ms), "short", locale=self.locale))

    def field(self, t_ms: int) -> str:
        """Return a moment by the reader's clock as a form's field of date and time holds it."""
        return f"{self.reader.local.at(t_ms):%Y-%m-%dT%H:%M:%S}"

    def day(self, t_ms: int) -> str:
        """Return the day of a moment by the reader's clock."""
        return self._date(self.reader.local.at(t_ms))

    def short_day(self, t_ms: int) -> str:
        """Return the day of a moment without its year."""
        at = self.reader.local.at(t_ms)
        return str(format_skeleton("MMMd", at, tzinfo=at.tzinfo, locale=self.locale))

    def short_moment(self, t_ms: int) -> str:
        """Return day and time of a moment without its year."""
        at = self.reader.local.at(t_ms)
        return f"{self.short_day(t_ms)} {format_time(at, 'short', locale=self.locale)}"

    def weekday(self, t_ms: int) -> str:
        """Return day of the week and of the month of a moment by the reader's clock."""
        at = self.reader.local.at(t_ms)
        return str(format_skeleton("Ed", at, tzinfo=at.tzinfo, locale=self.locale))

    def number(self, value: float) -> str:
        """Return a value with no more digits than mean something."""
        digits = 1 if _TENTHS_FROM <= abs(value) < _WHOLE_FROM else 0
        rounded = round(value, digits) if abs(value) >= _TENTHS_FROM else float(f"{value:.2g}")
        return self.written(f"{rounded:.0f}" if float(rounded).is_integer() else f"{rounded}")

    def written(self, digits: str) -> str:
        """Return a number that is already rounded, with the marks of the reader's region."""
        return format_decimal(Decimal(digits), locale=self.locale, decimal_quantization=False)

    def percent(self, share: float) -> str:
        """Return a share of one as a whole percentage."""
        return format_percent(round(share, 2), locale=self.locale)

    def listed(self, parts: Sequence[str]) -> str:
        """Return several as one list."""
        return format_list(parts, locale=self.locale)

    def _date(self, at: datetime) -> str:
        return format_date(at.date(), "medium", locale=self.locale)


@lru_cache(maxsize=256)
def local_of(reader: PageReader) -> Local:
    """Return how a reader writes."""
    words = catalogue(reader.language)
    return Local(words=words, locale=_locale(words.locale, reader.accepts), reader=reader)


@lru_cache(maxsize=256)
def _locale(language: Locale, accepts: tuple[str, ...]) -> Locale:
    """Return a language as it is written in the first region that is asked for and known."""
    for tag in accepts:
        try:
            asked = Locale.parse(tag, sep="-")
            if asked.language == language.language and asked.territory and not asked.variant:
                return Locale(language.language, asked.territory, language.script)
        except (UnknownLocaleError, ValueError):
            continue
    return language
