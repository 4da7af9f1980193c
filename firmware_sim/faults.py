"""What goes wrong with wearables. A new fault is one row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from vitals.errors import ConfigurationError
from vitals.gatt import uuids

__all__ = ["FAULTS", "Fault", "ScheduledFault", "fault_named"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One row: what becomes of each notified value, which characteristics hide, whether the link drops.

    `notification` maps a value to what is sent in its place; `None` sends nothing. Characteristics in `hides`
    are missing from the service table from the next connection on.
    """

    name: str
    description: str
    notification: Callable[[bytes], bytes | None] = bytes
    hides: frozenset[str] = frozenset()
    drops_link: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledFault:
    """A fault that holds from `from_s` until `to_s`, in physiological seconds since the wearable started."""

    fault: str
    from_s: float
    to_s: float


def fault_named(name: str) -> Fault:
    """Return the row of that name.

    Raises
    ------
    ConfigurationError
        There is none; the message lists those that are.
    """
    try:
        return FAULTS[name]
    except KeyError:
        names = ", ".join(FAULTS)
        raise ConfigurationError(f"no fault is called {name!r}: choose one of {names}") from None


_TRAILING_OCTETS: Final = b"\xa5\x5a\xa5"
"""An odd number, so that no field of two octets swallows them all."""

FAULTS: Final[Mapping[str, Fault]] = MappingProxyType(
    {
        row.name: row
        for row in (
            Fault(
                name="truncated-notification",
                description="notified values lose their second half",
                notification=lambda value: value[: len(value) // 2],
            ),
            Fault(
                name="over-long-notification",
                description="notified values carry octets that their format has no room for",
                notification=lambda value: value + _TRAILING_OCTETS,
            ),
            Fault(
                name="vanished-characteristic",
                description="from the next connection on the service table lacks Signal Data",
                hides=frozenset({uuids.SIGNAL_DATA}),
            ),
            Fault(
                name="link-drop",
                description="the link is lost to a supervision timeout",
                drops_link=True,
            ),
            Fault(
                name="silent-link",
                description="the wearable stays connected and notifies nothing",
                notification=lambda _value: None,
            ),
        )
    }
)
