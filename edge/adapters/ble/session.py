"""One connection to one wearable, from connecting to disconnecting, in the steps of `edge.link`."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog
from bleak.backends.device import BLEDevice
from bleak.exc import BleakError

from edge.adapters.ble.bonding import Bonding
from edge.adapters.ble.clock import ClockWork, set_clock
from edge.adapters.ble.exchange import Exchange
from edge.adapters.ble.link import BleLink
from edge.adapters.ble.records import Fetched, RecordFetch
from edge.adapters.ble.signals import start_signals, stop_signals
from edge.adapters.ble.trouble import RADIO_ERRORS, BondRefusedError, ServicesMissingError
from edge.adapters.inbox import Inbox, LinkChange, Notification
from edge.clock import Stamp
from edge.config import Bond, RadioSettings
from edge.counters import Counters
from edge.link.doubles import Doubles
from edge.link.link_phase import LinkEvent
from edge.link.profiles import READ_ONCE, Profile
from edge.ports import Pressure
from vitals.clock import Clock
from vitals.errors import CarewireError
from vitals.gatt import uuids
from vitals.records import LinkState

__all__ = ["BleSession", "SessionHost", "SessionNeeds"]

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionNeeds:
    """What a session is to do with its wearable."""

    device: str
    profile: Profile
    bond: Bond
    step: Callable[[LinkEvent], None]
    """Told of each step, as it is taken."""
    rssi_dbm: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionHost:
    """What every session of a gateway shares."""

    radio: RadioSettings
    inbox: Inbox
    clock: Clock
    counters: Counters
    is_synced: Callable[[], bool]
    last_sequence: Callable[[str, str], int | None]
    """The number of a device's last stored record of a characteristic that is safe."""
    pressure: Callable[[], Pressure] = lambda: Pressure.NONE


class BleSession:
    """Connects, prepares, watches, and takes it all down again: each once, in this order."""

    def __init__(self, found: BLEDevice, *, needs: SessionNeeds, host: SessionHost) -> None:
        self._needs = needs
        self._profile = needs.profile
        self._host = host
        self._link = BleLink(found, radio=host.radio)
        self._bonding = Bonding(self._link, bond=needs.bond, step=needs.step, device=needs.device)
        self._signals = Exchange(self._link, uuids.SIGNAL_CONTROL_POINT, limit_s=host.radio.request_s)
        self._records = Exchange(self._link, uuids.RECORD_ACCESS_CONTROL_POINT, limit_s=host.radio.request_s)
        self._doubles = Doubles()
        self._ending = asyncio.Event()
        self._signs: frozenset[str] = frozenset()
        self._heard_s = float("-inf")
        self._has_delivered = False

    @property
    def has_delivered(self) -> bool:
        """Whether what the wearable is worn for has come."""
        return self._has_delivered

    async def connect(self) -> None:
        """Make the link; the only step that must have the adapter to itself.

        Raises
        ------
        BleakError, TimeoutError, OSError, EOFError
            The radio failed.
        """
        await self._link.connect()
        self._needs.step(LinkEvent.CONNECTED)

    async def prepare(self) -> None:
        """Check what the wearable shows, bond if that is asked for, and make everything flow.

        Raises
        ------
        DeviceError
            The wearable lacks a characteristic, refuses to stream, or a bond is lost or refused.
        BleakError, TimeoutError, OSError, EOFError
            The radio failed.
        """
        self._check_services()
        self._needs.step(LinkEvent.SERVICES_THERE)
        await self._bonding.before_anything()
        self._tell_connected()
        self._heard()
        await self._read_once()
        await self._subscribe()
        await self._set_clock()
        await self._fetch_records()
        if (wishes := self._profile.signals) and (device := self._needs.device):
            await self._bonding.asking(partial(start_signals, self._signals, wishes, device=device))
        self._signs = frozenset(uuid for uuid in self._profile.signs_of_life if self._link.shows(uuid))
        self._heard()
        self._needs.step(LinkEvent.STREAMS if self._signs else LinkEvent.VISITS)

    async def watch(self) -> LinkEvent:
        """Return once the link is lost, has been silent for too long, must give way, or all is delivered."""
        loop = asyncio.get_running_loop()
        while not self._link.lost.is_set():
            if self._ending.is_set():
                return LinkEvent.GIVES_WAY
            patience_s = self._patience_s - (loop.time() - self._heard_s)
            if patience_s <= 0:
                return LinkEvent.DELIVERED if self._is_visit_over() else LinkEvent.SILENT
            await self._until_something_ends(patience_s)
        return LinkEvent.DELIVERED if self._is_visit_over() else LinkEvent.LOST

    def give_way(self) -> None:
        """Let `watch` end: the connection is needed for another."""
        self._ending.set()

    async def forget(self) -> bool:
        """Let the system forget the wearable, and the session be over with that; tell whether it did."""
        try:
            await self._link.forget()
        except Exception as error:  # noqa: BLE001 - what bleak makes of a link that just ended is its own affair
            _log.warning("ble.not_forgotten", device=self._needs.device, error=str(error) or repr(error))
            return False
        return True

    async def close(self) -> None:
        """Stop the signals and disconnect, as far as the wearable still answers; no error leaves it."""
        if self._link.is_up and self._signs and self._profile.signals and not self._is_silent():
            with self._come_what_may():
                await stop_signals(self._signals, self._profile.signals, device=self._needs.device)
        with self._come_what_may():
            await self._link.disconnect()

    @property
    def _patience_s(self) -> float:
        return self._host.radio.silence_s * self._profile.patience

    def _is_silent(self) -> bool:
        return asyncio.get_running_loop().time() - self._heard_s >= self._patience_s

    def _is_visit_over(self) -> bool:
        return not self._signs and self._has_delivered

    def _heard(self) -> None:
        self._heard_s = asyncio.get_running_loop().time()

    def _check_services(self) -> None:
        missing = self._profile.missing(self._link.shown())
        if missing:
            raise ServicesMissingError(
                f"{self._needs.device} lacks {', '.join(missing)}: it is discovered afresh; if it stays so, "
                "give it newer firmware, another profile, or ecg = false if it has no signals"
            )

    def _tell_connected(self) -> None:
        self._host.inbox.put(
            LinkChange(
                device=self._needs.device,
                link=LinkState.CONNECTED,
                received=Stamp.now(self._host.clock),
                rssi_dbm=self._needs.rssi_dbm,
            )
        )

    async def _read_once(self) -> None:
        """Read what is only nice to know: a wearable that refuses it streams all the same."""
        for uuid in READ_ONCE:
            if self._link.can(uuid, "read"):
                try:
                    value = await self._bonding.asking(partial(self._link.read, uuid), is_needed=False)
                except (BleakError, BondRefusedError) as error:
                    self._host.counters["ble.read_refused"] += 1
                    _log.info("ble.read_refused", device=self._needs.device, uuid=uuid, error=str(error))
                else:
                    self._forward(uuid, value)

    async def _subscribe(self) -> None:
        """Subscribe to all before anything is written; what only some have is left out elsewhere."""
        for uuid in self._profile.subscriptions:
            if self._link.can(uuid, "notify", "indicate"):
                await self._bonding.asking(partial(self._link.subscribe, uuid, self._on_value(uuid)))

    def _on_value(self, uuid: str) -> Callable[[bytes], None]:
        points = {exchange.uuid: exchange.on_value for exchange in (self._signals, self._records)}
        return points.get(uuid) or (lambda value: self._on_notified(uuid, value))

    def _on_notified(self, uuid: str, value: bytes) -> None:
        """Take a value in the radio's own callback: nothing waits here."""
        if self._doubles.is_double(uuid, value, asyncio.get_running_loop().time()):
            self._host.counters["notification.doubled"] += 1
            return
        if uuid in self._signs or not self._signs:
            self._heard()
        self._has_delivered |= uuid in self._profile.needs
        self._forward(uuid, value)

    def _forward(self, uuid: str, value: bytes) -> None:
        received = Stamp.now(self._host.clock)
        self._host.inbox.put(
            Notification(device=self._needs.device, uuid=uuid, value=value, received=received)
        )

    async def _set_clock(self) -> None:
        """Set the clock; a wearable whose clock will not be set is served all the same."""
        if not self._profile.sets_clock:
            return
        work = ClockWork(
            link=self._link,
            clock=self._host.clock,
            is_synced=self._host.is_synced,
            forward=self._forward,
        )
        try:
            outcome: str = await self._bonding.asking(partial(set_clock, work), is_needed=False)
        except (BleakError, CarewireError) as error:
            outcome = "refused"
            _log.info("ble.clock_refused", device=self._needs.device, error=str(error))
        self._host.counters[f"ble.clock_{outcome}".replace("-", "_")] += 1

    async def _fetch_records(self) -> None:
        if not self._profile.stored or not self._link.shows(uuids.RECORD_ACCESS_CONTROL_POINT):
            return
        if self._host.pressure() is Pressure.FULL:
            self._host.counters["ble.records_postponed"] += 1
            _log.warning("ble.records_postponed", device=self._needs.device, reason="the outbox is full")
            self._has_delivered = True  # all that there is room for: it is asked again at its next visit
            return
        fetch = RecordFetch(
            exchange=self._records,
            device=self._needs.device,
            last_sequence=self._host.last_sequence(self._needs.device, self._profile.stored[0]),
            heard_s=lambda: self._heard_s,
            limit_s=self._host.radio.fetch_s,
        )
        fetched = await self._bonding.asking(fetch.run)
        self._host.counters[f"ble.records_{fetched}".replace("-", "_")] += 1
        self._has_delivered |= fetched in _ALL_IS_HERE

    async def _until_something_ends(self, patience_s: float) -> None:
        waits = [asyncio.ensure_future(event.wait()) for event in (self._link.lost, self._ending)]
        try:
            await asyncio.wait(waits, timeout=patience_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    @contextmanager
    def _come_what_may(self) -> Iterator[None]:
        """Let no failure of a step stop the next; one that no radio should raise is logged whole."""
        try:
            with suppress(*RADIO_ERRORS, CarewireError):
                yield
        except Exception:  # noqa: BLE001 - one wearable's trouble, whatever it is, must stay its own
            _log.exception("ble.close_failed", device=self._needs.device)


_ALL_IS_HERE: Final = {Fetched.ALL, Fetched.NOTHING_NEW}
