"""What every channel to people keeps. A channel's test module derives a class and gives it a `stand`."""

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass

import pytest

from cloud.alerts.telling.messages import Messages
from cloud.ports import (
    Channel,
    ContactPoint,
    Message,
    Notifier,
    Person,
    Priority,
    Role,
    Words,
)
from tests.fakes.alert_material import alert
from tests.fakes.http_server import free_port
from tests.fakes.receivers import Broken, broken_server
from vitals.errors import ContactGoneError, DeliveryError, MessageRefusedError

LIN = Person(id="u-lin", display_name="Lin Zhang", role=Role.CAREGIVER)
PATIENT_S = 20.0
HURRIED_S = 0.3
SITE = "https://care.example.org"
VALUE = "142"


def say(*of: object) -> Words:
    """Words of which each part is easy to find again."""
    occasion = of[-1]
    return Words(
        subject="High: W. Z.",
        line=f"Needs somebody to look ({occasion}).",
        body=f"High: W. Z.\n\nThe pulse is {VALUE} & rising.\n\n请打开网页。",
        language="en",
    )


MESSAGES = Messages(site_url=SITE, compose=say)


def way(channel: Channel, address: dict[str, object]) -> ContactPoint:
    return ContactPoint(
        id="c1", person_id=LIN.id, channel=channel, address=address, label="Lin's own", added_ms=0
    )


def message(contact: ContactPoint | None, *, priority: Priority = Priority.HIGH, name: str = "a1") -> Message:
    return MESSAGES.of([alert(name, priority=priority)], LIN, contact)


@dataclass(frozen=True, slots=True)
class Received:
    """What a receiver was told: the key, if the channel carries one, and all that it can read."""

    key: str | None
    text: str


class Stand(ABC):
    """A channel, and the real receiver at the other end of it."""

    half_answer: bytes
    secrets: tuple[str, ...]
    """What of the address may never be said."""

    @abstractmethod
    def notifier(self, port: int, timeout_s: float) -> Notifier:
        """Return the channel as if its receiver were at a port of this machine."""

    @abstractmethod
    def contact(self, port: int) -> ContactPoint:
        """Return the way to it."""

    @property
    @abstractmethod
    def port(self) -> int:
        """Where the receiver is."""

    @abstractmethod
    def received(self, count: int) -> list[Received]:
        """Wait for so many messages; return all there are."""

    @abstractmethod
    def refuse(self, *, for_good: bool) -> None:
        """Have the receiver take nothing from now on."""

    def deliver(self, given: Message | None = None) -> str | None:
        return self.notifier(self.port, PATIENT_S).deliver(given or message(self.contact(self.port)))

    def failure(self, port: int, timeout_s: float = PATIENT_S) -> DeliveryError:
        with pytest.raises(DeliveryError) as caught:
            self.notifier(port, timeout_s).deliver(message(self.contact(port)))
        return caught.value


class NotifierContract:
    carries_the_key = True
    tells_what_is_for_good = True

    def test_the_receiver_is_told_once_with_where_to_read_on(self, stand: Stand) -> None:
        stand.deliver()
        (one,) = stand.received(1)
        assert "Needs somebody to look" in one.text or VALUE in one.text
        assert f"{SITE}/alerts/a1" in one.text

    def test_what_is_sent_again_has_the_same_key_and_nothing_else_has(self, stand: Stand) -> None:
        for name in ("a1", "a1", "a2"):
            stand.deliver(message(stand.contact(stand.port), name=name))
        keys = [one.key for one in stand.received(3)]
        if self.carries_the_key:
            assert keys[0] == keys[1] == message(stand.contact(stand.port)).key
            assert keys[1] != keys[2]
        else:
            assert keys == [None] * 3

    def test_nobody_there_is_an_error(self, stand: Stand) -> None:
        assert not isinstance(stand.failure(free_port()), ContactGoneError | MessageRefusedError)

    @pytest.mark.parametrize("how", Broken)
    def test_a_broken_receiver_is_an_error_within_the_timeout(self, stand: Stand, how: Broken) -> None:
        with broken_server(how, stand.half_answer) as port:
            began_s = time.monotonic()
            error = stand.failure(port, HURRIED_S)
            assert time.monotonic() - began_s < PATIENT_S
        assert not isinstance(error, ContactGoneError | MessageRefusedError)

    def test_what_is_refused_for_now_may_be_tried_again(self, stand: Stand) -> None:
        stand.refuse(for_good=False)
        assert not isinstance(stand.failure(stand.port), ContactGoneError | MessageRefusedError)

    def test_what_is_refused_for_good_says_so(self, stand: Stand) -> None:
        stand.refuse(for_good=True)
        is_for_good = isinstance(stand.failure(stand.port), MessageRefusedError | ContactGoneError)
        assert is_for_good is self.tells_what_is_for_good

    def test_no_error_says_who_where_or_what(self, stand: Stand) -> None:
        said = [str(stand.failure(free_port()))]
        with broken_server(Broken.HALF, stand.half_answer) as port:
            said.append(str(stand.failure(port, HURRIED_S)))
        for for_good in (True, False):
            stand.refuse(for_good=for_good)
            said.append(str(stand.failure(stand.port)))
        for secret in (*stand.secrets, "127.0.0.1", "Zhang", VALUE):
            assert not [one for one in said if secret in one]

    def test_without_a_way_it_is_refused(self, stand: Stand) -> None:
        with pytest.raises(MessageRefusedError):
            stand.deliver(message(None))
