"""A long list as a page of it: what was searched for, so many at once, all of it in the address."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Generic, TypeVar
from urllib.parse import urlencode

from fastapi import Query

__all__ = ["AT_ONCE", "Find", "Listing", "PageNumber", "listing"]

T = TypeVar("T")

AT_ONCE: Final = 100

Find = Annotated[str, Query(max_length=100)]
PageNumber = Annotated[int, Query(ge=1, le=10_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Generic[T]):
    """A page of what was found, of `total` there are; `asked` are the parts of its address."""

    rows: Sequence[T]
    found: int
    total: int
    number: int
    path: str
    asked: dict[str, str]

    @property
    def is_narrowed(self) -> bool:
        """Whether something was searched for."""
        return any(self.asked.values())

    @property
    def before(self) -> str | None:
        """Where the page before this one is."""
        return self._at(self.number - 1) if self.number > 1 else None

    @property
    def after(self) -> str | None:
        """Where the page after this one is."""
        return self._at(self.number + 1) if self.number * AT_ONCE < self.found else None

    @property
    def first(self) -> int:
        """The place of the first row that is shown."""
        return (self.number - 1) * AT_ONCE + 1

    @property
    def last(self) -> int:
        """The place of the last row that is shown."""
        return self.first + len(self.rows) - 1

    def _at(self, number: int) -> str:
        asked = {name: value for name, value in self.asked.items() if value}
        return f"{self.path}?{urlencode(asked | {'page': str(number)})}"


def listing(  # noqa: PLR0913 - what a page of a list is made of
    every: Sequence[T],
    words_of: Callable[[T], Sequence[str | None]],
    *,
    find: str,
    number: int,
    path: str,
    asked: dict[str, str] | None = None,
    is_wanted: Callable[[T], bool] = lambda _: True,
) -> Listing[T]:
    """Return a page of those that are wanted and whose words hold what was searched for."""
    needle = find.strip().casefold()
    found = [one for one in every if is_wanted(one) and _holds(words_of(one), needle)]
    start = (number - 1) * AT_ONCE
    return Listing(
        rows=found[start : start + AT_ONCE],
        found=len(found),
        total=len(every),
        number=number,
        path=path,
        asked={"find": find.strip(), **(asked or {})},
    )


def _holds(words: Sequence[str | None], needle: str) -> bool:
    return not needle or any(needle in word.casefold() for word in words if word)
