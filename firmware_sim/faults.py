"""What goes wrong with wearables. A new fault is one row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from types import MappingProxyType
from typing import Final

from firmware_sim.device_clock import TEN_YEARS_S
from firmware_sim.power_cell import BatteryRow
from vitals.errors import ConfigurationError, DecodeError
from vitals.gatt import registry, uuids

__all__ = ["FAULTS", "Fault", "ScheduledFault", "fault_named"]

Spoil = Callable[[str, bytes, Random], tuple[bytes, ...]]


def _as_it_is(_uuid: str, value: bytes, _chance: Random) -> tuple[bytes, ...]:
    return (value,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One row: what becomes of a wearable while the fault holds, or once when it begins.

    `sends` maps a characteristic's UUID, a value and some chance to what is sent in the value's place.
    Characteristics in `hides` are missing from the service table from the next connection on.
    """

    name: str
    description: str
    sends: Spoil = _as_it_is
    hides: frozenset[str] = frozenset()
    drops_link: bool = False
    """Once, as at a supervision timeout; it can be made again at once."""
    is_away: bool = False
    """Nobody reaches it; it goes on measuring."""
    is_down: bool = False
    """Nothing works; when it ends the firmware starts anew."""
    forgets_bonds: bool = False
    clock_jumps_s: float = 0.0
    """How far the clock jumps once; it stays wrong until somebody sets it."""
    battery: BatteryRow | None = None
    """What is left in it; when the fault ends a new one is put in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledFault:
    """A fault that holds from `from_s` until `to_s`, in seconds of the wearer's life."""

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
_LONGEST_GARBAGE: Final = 20


def _with_garbage(uuid: str, value: bytes, chance: Random) -> tuple[bytes, ...]:
    """Return the value and octets behind it that no codec takes for one."""
    while True:
        garbage = chance.randbytes(chance.randint(1, _LONGEST_GARBAGE))
        try:
            registry.decode(uuid, garbage)
        except DecodeError:
            return value, garbage


FAULTS: Final[Mapping[str, Fault]] = MappingProxyType(
    {
        row.name: row
        for row in (
            Fault(
                name="truncated-notification",
                description="values sent lose their second half",
                sends=lambda _uuid, value, _chance: (value[: len(value) // 2],),
            ),
            Fault(
                name="over-long-notification",
                description="values sent carry octets that their format has no room for",
                sends=lambda _uuid, value, _chance: (value + _TRAILING_OCTETS,),
            ),
            Fault(
                name="duplicate-notifications",
                description="every value is sent twice",
                sends=lambda _uuid, value, _chance: (value, value),
            ),
            Fault(
                name="garbage-packets",
                description="octets of no meaning come between the values",
                sends=_with_garbage,
            ),
            Fault(
                name="silent-link",
                description="the wearable stays connected and sends nothing",
                sends=lambda _uuid, _value, _chance: (),
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
                name="out-of-range",
                description="the wearer is away: nobody hears the wearable, which goes on measuring",
                is_away=True,
            ),
            Fault(
                name="firmware-reboot",
                description="the firmware starts anew: counters and clock begin from nothing, flash is kept",
                is_down=True,
            ),
            Fault(
                name="bond-loss",
                description="the wearable forgets whom it is bonded with",
                drops_link=True,
                forgets_bonds=True,
            ),
            Fault(
                name="clock-ahead",
                description="the wearable's clock jumps ten years ahead",
                clock_jumps_s=TEN_YEARS_S,
            ),
            Fault(
                name="low-battery",
                description="the battery is at 4 % and lasts ten minutes more",
                battery=BatteryRow(percent=4.0, s_per_percent=150.0),
            ),
        )
    }
)
