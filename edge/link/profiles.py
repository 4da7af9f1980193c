"""What sorts of wearable the gateway serves: one row each, from what it advertises to when it is silent.

A wearable with a sign of life streams: without one for a while its link is silent and is made anew. One
without comes to deliver a reading and goes, and nobody misses it in between. Adding a sort is adding a row.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Self

from vitals.errors import ConfigurationError
from vitals.gatt import uuids
from vitals.gatt.signals import Signal

__all__ = ["PROFILES", "Profile", "SignalWish", "profile_for", "profile_named"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalWish:
    """A signal to start, at the rate on offer that is nearest to this one."""

    signal: Signal
    rate_hz: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One row; UUIDs are spelled as bleak does.

    `patience` counts in `RadioSettings.silence_s`: a stream without a sign of life, or a visitor without
    a word, for that long is disconnected.
    """

    name: str
    service: str
    """What it advertises."""
    needs: tuple[str, ...]
    """Of these characteristics it must show one: they carry what it is worn for."""
    subscribes: tuple[str, ...] = ()
    """Besides those, what it notifies, if it shows it."""
    signals: tuple[SignalWish, ...] = ()
    stored: tuple[str, ...] = ()
    """What its Record Access Control Point reports: the first carries the sequence number."""
    sets_clock: bool = False
    sign_of_life: tuple[str, ...] = ()
    """Besides its signals."""
    patience: float = 1.0
    is_alarmed: bool = False
    """Health alarms rest on what it streams."""

    @property
    def signs_of_life(self) -> tuple[str, ...]:
        """What must keep coming while it is connected; nothing, of a visitor."""
        return (uuids.SIGNAL_DATA,) if self.signals else self.sign_of_life

    @property
    def is_visitor(self) -> bool:
        """Whether it comes, delivers and goes."""
        return not self.signs_of_life

    @property
    def subscriptions(self) -> tuple[str, ...]:
        """What is subscribed to, in this order: a control point before what it sets going."""
        points = (uuids.RECORD_ACCESS_CONTROL_POINT,) if self.stored else ()
        signals = (uuids.SIGNAL_CONTROL_POINT, uuids.SIGNAL_DATA) if self.signals else ()
        return tuple(
            dict.fromkeys((*self.needs, *self.subscribes, *_ALWAYS, *self.stored, *points, *signals))
        )

    def missing(self, shown: Collection[str]) -> tuple[str, ...]:
        """Return what a wearable that shows these characteristics lacks; nothing is well."""
        signals = (uuids.SIGNAL_CONTROL_POINT, uuids.SIGNAL_DATA) if self.signals else ()
        points = (uuids.RECORD_ACCESS_CONTROL_POINT,) if self.stored and self.is_visitor else ()
        lacking = tuple(uuid for uuid in (*signals, *points) if uuid not in shown)
        return (
            lacking
            if any(uuid in shown for uuid in self.needs) or not self.needs
            else (*self.needs, *lacking)
        )

    def without_signals(self) -> Self:
        """Return the row of a wearable that is not asked to stream a signal."""
        return replace(self, signals=())

    def with_ecg_rate(self, rate_hz: int) -> Self:
        """Return the row with another rate for the ECG."""
        signals = (
            replace(wish, rate_hz=rate_hz) if wish.signal is Signal.ECG else wish for wish in self.signals
        )
        return replace(self, signals=tuple(signals))


READ_ONCE: Final = (
    uuids.MANUFACTURER_NAME,
    uuids.MODEL_NUMBER,
    uuids.FIRMWARE_REVISION,
    uuids.BATTERY_LEVEL,
    uuids.CURRENT_TIME,
    uuids.CGM_STATUS,
)
"""What is only nice to know, of any wearable: its clock too, before it tells what it dated by that."""
_ALWAYS: Final = (uuids.BATTERY_LEVEL,)

PROFILES: Final[Mapping[str, Profile]] = MappingProxyType(
    {
        row.name: row
        for row in (
            Profile(
                name="chest-strap",
                service=uuids.HEART_RATE_SERVICE,
                needs=(uuids.HEART_RATE_MEASUREMENT,),
                signals=(SignalWish(signal=Signal.ECG, rate_hz=130),),
                sign_of_life=(uuids.HEART_RATE_MEASUREMENT,),
                is_alarmed=True,
            ),
            Profile(
                name="finger-oximeter",
                service=uuids.PULSE_OXIMETER_SERVICE,
                needs=(uuids.PLX_CONTINUOUS_MEASUREMENT, uuids.PLX_SPOT_CHECK_MEASUREMENT),
                sets_clock=True,
                sign_of_life=(uuids.PLX_CONTINUOUS_MEASUREMENT,),
                patience=3.0,
                is_alarmed=True,
            ),
            Profile(
                name="ear-thermometer",
                service=uuids.HEALTH_THERMOMETER_SERVICE,
                needs=(uuids.TEMPERATURE_MEASUREMENT,),
                subscribes=(uuids.INTERMEDIATE_TEMPERATURE,),
                sets_clock=True,
                patience=3.0,
            ),
            Profile(
                name="blood-pressure-cuff",
                service=uuids.BLOOD_PRESSURE_SERVICE,
                needs=(uuids.BLOOD_PRESSURE_MEASUREMENT,),
                subscribes=(uuids.INTERMEDIATE_CUFF_PRESSURE,),
                sets_clock=True,
                patience=6.0,
            ),
            Profile(
                name="glucose-meter",
                service=uuids.GLUCOSE_SERVICE,
                needs=(uuids.GLUCOSE_MEASUREMENT,),
                stored=(uuids.GLUCOSE_MEASUREMENT, uuids.GLUCOSE_MEASUREMENT_CONTEXT),
                sets_clock=True,
            ),
            Profile(
                name="cgm-sensor",
                service=uuids.CGM_SERVICE,
                needs=(uuids.CGM_MEASUREMENT,),
                stored=(uuids.CGM_MEASUREMENT,),
                sets_clock=True,
                sign_of_life=(uuids.CGM_MEASUREMENT,),
                patience=60.0,  # a value every one to five minutes
                is_alarmed=True,
            ),
            Profile(
                name="wrist-band",
                service=uuids.RUNNING_SPEED_AND_CADENCE_SERVICE,
                needs=(uuids.RSC_MEASUREMENT,),
                signals=(
                    SignalWish(signal=Signal.PPG, rate_hz=50),
                    SignalWish(signal=Signal.ACCELERATION, rate_hz=50),
                ),
                sign_of_life=(uuids.RSC_MEASUREMENT,),
            ),
            Profile(
                name="fall-pendant",
                service=uuids.SIGNAL_STREAM_SERVICE,
                needs=(),
                signals=(SignalWish(signal=Signal.ACCELERATION, rate_hz=50),),
                is_alarmed=True,
            ),
            Profile(
                name="body-scale",
                service=uuids.WEIGHT_SCALE_SERVICE,
                needs=(uuids.WEIGHT_MEASUREMENT,),
                subscribes=(uuids.BODY_COMPOSITION_MEASUREMENT,),
                sets_clock=True,
                patience=3.0,
            ),
        )
    }
)
"""In the order in which the gateway recognises what a wearable advertises, if it is several things."""


def profile_named(name: str) -> Profile:
    """Return the row of that name.

    Raises
    ------
    ConfigurationError
        There is none; the message lists those that are.
    """
    try:
        return PROFILES[name]
    except KeyError:
        names = ", ".join(PROFILES)
        raise ConfigurationError(f"no profile is called {name!r}: choose one of {names}") from None


def profile_for(advertised: Collection[str]) -> Profile | None:
    """Return the first row whose service is advertised; `None`: nothing the gateway serves."""
    return next((row for row in PROFILES.values() if row.service in advertised), None)
