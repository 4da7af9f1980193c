"""For whom an answer is written: what they set, else what their browser says, else as the service is set.

Known while a request is answered, to whatever is written meanwhile; each request has its own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from starlette.requests import Request

from cloud.access.sessions import Viewer
from cloud.alerts.wording.language import DEFAULT_LANGUAGE, accepted, chosen
from cloud.alerts.wording.quantities import Reader
from cloud.early_warning.local_time import LocalTime
from cloud.ports import Preferences, Role
from cloud.services import Services, services_of
from vitals.errors import StorageError

__all__ = [
    "ZONE_COOKIE",
    "PageReader",
    "known_zone",
    "path_of_this_answer",
    "reader_of_this_answer",
    "written_for",
]

ZONE_COOKIE: Final = "time_zone"
"""Where a browser says by which clock it goes; `zone.js` writes it."""
_MOST_TAGS: Final = 10
_UTC: Final = LocalTime(zone=ZoneInfo("UTC"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReader:
    """Who reads: their language, and the unit of glucose and the clock they go by.

    `accepts` are the tags of languages their browser asks for, the most wanted first. `set_zone` is the time
    zone they chose themselves; `is_zone_named`: nobody knows theirs, so that times say which they are in.
    """

    language: str = DEFAULT_LANGUAGE
    accepts: tuple[str, ...] = ()
    glucose_unit: str = "mg/dL"
    local: LocalTime = _UTC
    set_zone: str | None = None
    is_zone_named: bool = True

    def of_alerts(self, role: Role = Role.CAREGIVER) -> Reader:
        """Return them as a reader of what is said of alerts and of what is measured."""
        return Reader(role=role, language=self.language, glucose_unit=self.glucose_unit)


@dataclass(slots=True)
class _Answer:
    """The answer that is being written; who reads it is found out once, if it matters at all."""

    request: Request | None = None
    reader: PageReader | None = None


_current: ContextVar[_Answer] = ContextVar("answer")


@contextmanager
def written_for(reader: Request | PageReader) -> Iterator[None]:
    """Let what is written meanwhile be for whoever asks, or for a given reader."""
    answer = _Answer(reader=reader) if isinstance(reader, PageReader) else _Answer(request=reader)
    before = _current.set(answer)
    try:
        yield
    finally:
        _current.reset(before)


def reader_of_this_answer() -> PageReader:
    """Return for whom the answer is that is being written.

    Raises
    ------
    LookupError
        Outside of a request, and of `written_for`.
    """
    answer = _current.get()
    if answer.reader is None:
        if answer.request is None:
            raise LookupError("nobody reads this: say for whom it is written")
        answer.reader = _reader_of(answer.request)
    return answer.reader


def path_of_this_answer() -> str:
    """Return the path that was asked for; empty where the answer is for a given reader.

    Raises
    ------
    LookupError
        Outside of a request, and of `written_for`.
    """
    request = _current.get().request
    return "" if request is None else request.url.path


def known_zone(name: str | None) -> ZoneInfo | None:
    """Return a time zone by its name; None for one that is not known here, whatever was sent."""
    return ZoneInfo(name) if name is not None and name in _zones() else None


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _reader_of(request: Request) -> PageReader:
    services = services_of(request)
    wants = _preferences(services, getattr(request.state, "viewer", None))
    asked, accepts = request.query_params.get("lang"), accepted(request.headers.get("accept-language", ""))
    set_zone = known_zone(wants.time_zone if wants else None)
    zone = set_zone or known_zone(request.cookies.get(ZONE_COOKIE))
    return PageReader(
        language=chosen([asked] if asked else [wants.language] if wants else accepts),
        accepts=tuple(accepts[:_MOST_TAGS]),
        glucose_unit=wants.glucose_unit if wants else "mg/dL",
        local=LocalTime(zone=zone) if zone else services.local,
        set_zone=set_zone.key if set_zone else None,
        is_zone_named=zone is None,
    )


def _preferences(services: Services, viewer: Viewer | None) -> Preferences | None:
    """Return what somebody set, if they did; a page that says that the store is away needs none."""
    if viewer is None:
        return None
    try:
        return services.preferences.of([viewer.person.id]).get(viewer.person.id)
    except StorageError:
        return None
