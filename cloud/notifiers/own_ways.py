"""The ways to one person, as they set them themselves: added, looked at, tried, removed."""

import time
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from threading import Lock, Thread
from types import MappingProxyType
from typing import Final

import structlog

from cloud.alerts.telling.attempt import attempted
from cloud.alerts.telling.errands import Failed, Outcome
from cloud.notifiers.ways import Way
from cloud.ports import (
    Alert,
    AlertState,
    Channel,
    ContactBook,
    ContactPoint,
    Family,
    Message,
    Occasion,
    Person,
    Priority,
    Role,
    Words,
)
from vitals.clock import Clock
from vitals.errors import CarewireError, MessageRefusedError

_log = structlog.get_logger(__name__)

__all__ = ["MOST_WAYS", "OwnWays", "TooManyError", "UnknownWayError"]

MOST_WAYS: Final = 20
_MOST_TRIES: Final = 5
_TRIES_OF_S: Final = 600.0
_ID_BYTES: Final = 16
_KNOWN_BY: Final[Mapping[Channel, str]] = MappingProxyType(
    {Channel.EMAIL: "to", Channel.WEB_PUSH: "endpoint", Channel.WEBHOOK: "url", Channel.APPRISE: "url"}
)
"""By which part two addresses of a channel are the same."""
_SAID: Final = Words(
    subject="Carewire: a test / 测试",
    line="This is a test: messages for you arrive here. 这是测试：消息可以送达。",  # noqa: RUF001 - Chinese
    body="This is a test: messages for you arrive here. Nothing has happened.\n\n"
    "这是测试：消息可以送达，一切正常。",  # noqa: RUF001 - Chinese
    language="en",
)


class UnknownWayError(CarewireError):
    """There is no such way to this person."""


class TooManyError(CarewireError):
    """It was asked for too often."""


@dataclass(slots=True, kw_only=True)
class OwnWays:
    """What people do with the ways to themselves; `new_secret` makes what nobody can guess."""

    book: ContactBook
    ways: Mapping[Channel, Way]
    clock: Clock
    new_secret: Callable[[], str]
    site_url: str
    monotonic_s: Callable[[], float] = time.monotonic
    _tries: dict[str, deque[float]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    @property
    def channels(self) -> Sequence[Channel]:
        """The channels that are set up here."""
        return tuple(self.ways)

    def of(self, person: Person) -> Sequence[ContactPoint]:
        """Return the ways to a person."""
        return self.book.of([person.id]).get(person.id, ())

    def masked(self, contact: ContactPoint) -> str:
        """Return as much of a way's address as may be shown."""
        way = self.ways.get(contact.channel)
        return "" if way is None else way.masked(contact.address)

    def add(
        self, person: Person, channel: Channel, label: str, given: Mapping[str, str], *, detail: bool = False
    ) -> ContactPoint:
        """Add a way; one to the same address of a channel takes the place of the one there is.

        With `detail` messages by it say what was found, and of whom.

        Raises
        ------
        MessageRefusedError
            If the channel is not set up, or the address is none of it.
        DeliveryError
            If that cannot be told now.
        TooManyError
            If the person has as many as one may have.
        """
        way = self.ways.get(channel)
        if way is None:
            raise MessageRefusedError(f"{channel} is not set up here: ask whoever runs the service")
        address = way.checked(given)
        contact = ContactPoint(
            id=_id_of(person, channel, address),
            person_id=person.id,
            channel=channel,
            address={**address, **self._secret_of(channel), "detail": detail},
            label=label,
            added_ms=self.clock.wall_ms(),
        )
        others = [one for one in self.of(person) if one.id != contact.id]
        if len(others) >= MOST_WAYS:
            raise TooManyError(f"nobody has more than {MOST_WAYS} ways: remove one first")
        self.book.add(contact)
        return contact

    def remove(self, person: Person, contact_id: str) -> None:
        """Use a way to a person no more.

        Raises
        ------
        UnknownWayError
            If there is none such.
        """
        self.book.remove(self._own(person, contact_id).id, "removed by its owner", self.clock.wall_ms())

    def tried(self, person: Person, contact_id: str) -> Outcome:
        """Send a test message, and say what came of it; a way that is gone is removed.

        Raises
        ------
        UnknownWayError
            If there is none such.
        TooManyError
            If the person has tried too often of late.
        """
        contact = self._own(person, contact_id)
        way = self.ways.get(contact.channel)
        if way is None:
            return Failed(error=f"{contact.channel} is not set up here", is_final=True)
        self._count_try(person)
        outcome = attempted(way, self._test(contact, person))
        if isinstance(outcome, Failed) and outcome.is_gone:
            self.book.remove(contact.id, outcome.error, self.clock.wall_ms())
        return outcome

    def say(self, person_id: str, words: Words, *, path: str = "/", without: Collection[Channel] = ()) -> int:
        """Tell somebody something by every way they set, but of some channels; return how many took it.

        `path` is the page that says more.
        """
        person = Person(id=person_id, display_name="", role=Role.CAREGIVER)
        taken = 0
        for contact in self.of(person):
            way = self.ways.get(contact.channel)
            if way is None or contact.channel in without:
                continue
            message = replace(self._test(contact, person), words=words, url=f"{self.site_url}{path}")
            outcome = attempted(way, message)
            if isinstance(outcome, Failed):
                _log.warning("own_ways.not_told", channel=contact.channel, error=outcome.error)
            taken += not isinstance(outcome, Failed)
        return taken

    def say_later(
        self, person_id: str, words: Words, *, path: str = "/", without: Collection[Channel] = ()
    ) -> None:
        """Tell them beside what goes on here: a slow channel holds nobody up."""
        Thread(
            target=self._said, args=(person_id, words, path, without), name="own-ways", daemon=True
        ).start()

    def _said(self, person_id: str, words: Words, path: str, without: Collection[Channel]) -> None:
        try:
            self.say(person_id, words, path=path, without=without)
        except CarewireError as error:
            _log.warning("own_ways.not_told", error=str(error))

    def _secret_of(self, channel: Channel) -> Mapping[str, object]:
        return {"secret": self.new_secret()} if channel is Channel.WEBHOOK else {}

    def _own(self, person: Person, contact_id: str) -> ContactPoint:
        for one in self.of(person):
            if one.id == contact_id:
                return one
        raise UnknownWayError("there is no such way to you: list those there are")

    def _count_try(self, person: Person) -> None:
        """Hold back who would have somebody else's mailbox flooded."""
        now_s = self.monotonic_s()
        with self._lock:
            tries = self._tries.setdefault(person.id, deque())
            while tries and now_s - tries[0] >= _TRIES_OF_S:
                tries.popleft()
            if len(tries) >= _MOST_TRIES:
                raise TooManyError(f"{_MOST_TRIES} test messages in ten minutes are enough: wait a little")
            tries.append(now_s)

    def _test(self, contact: ContactPoint, person: Person) -> Message:
        now_ms = self.clock.wall_ms()
        nothing = Alert(
            id="test",
            patient_id="",
            condition="test",
            family=Family.TECHNICAL,
            priority=Priority.LOW,
            state=AlertState.RESOLVED,
            began_ms=now_ms,
            raised_ms=now_ms,
            noticed_ms=None,
            explanation={},
        )
        return Message(
            key=f"test-{self.new_secret()[:_ID_BYTES]}",
            alert=nothing,
            person=person,
            contact=contact,
            occasion=Occasion.ENDED,
            step=0,
            words=_SAID,
            url=f"{self.site_url}/",
        )


def _id_of(person: Person, channel: Channel, address: Mapping[str, object]) -> str:
    """Return an id that the same address of the same person always has."""
    parts = f"{person.id}\n{channel}\n{address[_KNOWN_BY[channel]]}"
    return blake2b(parts.encode(), digest_size=_ID_BYTES).hexdigest()
