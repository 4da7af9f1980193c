"""What the gateway's core asks of the outside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vitals.manifest import ModelManifest
from vitals.records import AnyRecord, HostState


class KnownDevice(Protocol):
    """A wearable that the operating system's Bluetooth knows."""

    @property
    def device(self) -> str:
        """Its id, as records have it."""
        ...

    @property
    def is_bonded(self) -> bool:
        """Whether keys are kept for it."""
        ...


class RadioAdapter(Protocol):
    """The Bluetooth adapter itself, beneath scans and connections: what recovery takes hold of.

    Each method raises `DeviceError` where the system refuses, and does nothing where there is nothing to do.
    """

    async def known_devices(self) -> Sequence[KnownDevice]:
        """Return every wearable the system knows."""
        ...

    async def disconnect(self, device: str) -> None:
        """End the link to a wearable, or the attempt to make one."""
        ...

    async def remove_device(self, device: str) -> None:
        """Forget a wearable: its link, its services and its bond."""
        ...

    async def power_cycle(self) -> None:
        """Switch the adapter off and on: every link is lost."""
        ...


class PairingAgent(Protocol):
    """Answers for the wearer when two devices pair."""

    async def run(self) -> None:
        """Answer until cancelled, whatever becomes of the system's Bluetooth meanwhile."""
        ...


class RecordSink(Protocol):
    """Where records go to be safe: the outbox."""

    def append(self, records: Sequence[AnyRecord]) -> object:
        """Make `records` durable before returning, in this order.

        Raises
        ------
        StorageError
            The disk refuses: none is kept.
        ValidationError
            Some break their contract: those are refused for good, the others are durable.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inference:
    """What a model made of one window.

    ``distance`` is how far the window lies from all it was trained on, in the unit of its manifest's
    ``distance_limit``; ``embedding`` is ``(n,) float32``, where the window lies among its prototypes.
    """

    probabilities: Mapping[str, float]
    distance: float | None = None
    embedding: NDArray[np.float32] | None = None


class Model(Protocol):
    """Judges one window of a signal."""

    @property
    def manifest(self) -> ModelManifest:
        """What the model is, expects and promises."""
        ...

    def infer(self, inputs: Mapping[str, NDArray[np.float32]]) -> Inference:
        """Judge the tensors that its manifest names.

        Raises
        ------
        ModelRejectedError
            The model gave no finite answer; this window stays unjudged.
        """
        ...


class Host(Protocol):
    """The computer the gateway runs on."""

    def state(self) -> HostState:
        """Return how it is now; `None` in it for what it cannot tell. May wait for a slow disk."""
        ...


class LocalSignals(Protocol):
    """What may be asked of the gateway's own light and sound, from the cloud or from its page."""

    def silence(self, key: str, *, until_ms: int) -> int | None:
        """Keep one alarm's sound quiet; its light stays.

        `key` is an event id or the key of one of the gateway's own alarms, followed by a colon and the
        device where it is of one wearable. Returns until when it is
        quiet, which may be earlier than asked for; `None` if no such alarm stands.
        """
        ...

    def acknowledge(self, event_id: str, *, was_right: bool | None = None) -> bool:
        """Take note that somebody looks after this: no sound any more. `False` if no such alarm stands.

        `was_right` is whether they found something to alarm of; `None`: they did not say.
        """
        ...

    def nobody_reached(self, *, priority: str, for_s: float) -> None:
        """Alarm here for so long that the cloud reaches nobody; 0 s: it does again."""
        ...

    def identify(self, seconds: float) -> None:
        """Show and sound, for so long, which of several gateways this one is.

        Raises
        ------
        DeviceError
            There is neither light nor sound to do so.
        """
        ...


class Pressure(IntEnum):
    """What the outbox tells those who bring bulk; what is of an event is never held back."""

    NONE = 0
    HIGH = 1
    """Bring no more bulk than must be: what can wait elsewhere, waits."""
    FULL = 2
    """What comes now becomes a gap: whoever can keep it, keeps it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneBacklog:
    """What waits in one lane."""

    lane: str
    records: int
    size_bytes: int
    oldest_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What waits in the outbox to be acknowledged."""

    records: int = 0
    size_bytes: int = 0
    oldest_unsent_ms: int | None = None
    acknowledged: int = 0
    """Records the cloud has taken, since the outbox was made."""
    given_up: int = 0
    """Records that found no room and became gaps, since the start."""
    lanes: tuple[LaneBacklog, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayCondition:
    """How the gateway itself is, for its report; `None` where it cannot tell."""

    uptime_s: int | None = None
    host: HostState | None = None
    clock_synced: bool | None = None
    configuration_version: int | None = None
