"""The gateway's Bluetooth central: seeks its wearables, serves each, and never gives one up.

One loop scans, connects and doctors the adapter, so there is never more than one connection attempt on it,
never a scan beside one, and every attempt has a freshly seen device. What is connected is prepared and
watched by a task of its own until the link is lost, silent, or needed for another; then the wearable rests a
little and is sought again. Where it stands meanwhile is `edge.link_phase`, who is connected `edge.slots`,
what is done when the radio will not `edge.recovery`.
"""

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Final

import structlog

from edge.adapters.ble_peer import Peer
from edge.adapters.ble_remedies import Remedies
from edge.adapters.ble_seeker import BleSeeker, Sighting
from edge.adapters.ble_session import BleSession, SessionHost, SessionNeeds
from edge.adapters.ble_trouble import BondLostError, BondRefusedError, breaks_bond, may_break_bond, trouble_of
from edge.adapters.inbox import LinkChange
from edge.adapters.radio_lock import RadioLock
from edge.backoff import Backoff
from edge.clock import Stamp
from edge.config import Bond, EdgeSettings
from edge.health import GatewayHealth
from edge.link_phase import SERVED, LinkEvent, LinkPhase
from edge.local_alarm import AlarmKey
from edge.ports import RadioAdapter
from edge.profiles import PROFILES, Profile, profile_for, profile_named
from edge.recovery import Rung
from edge.slots import SlotPolicy, Slots

__all__ = ["BleCentral"]

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ending:
    """Why a link is taken down, or did not come to be."""

    event: LinkEvent
    reason: str
    detail: str = ""
    is_failure: bool = True
    is_about_bond: bool = False


@dataclass(slots=True, kw_only=True)
class BleCentral:
    """Serves the wearables of the allow-list, or whichever comes near where adoption is allowed."""

    settings: EdgeSettings
    host: SessionHost
    adapter: RadioAdapter
    health: GatewayHealth
    random: Random
    lock: RadioLock | None = None
    mark: Callable[[], None] = lambda: None
    """Called each time the loop comes round."""
    _peers: dict[str, Peer] = field(default_factory=dict)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _slots: Slots = field(init=False)
    _seeker: BleSeeker = field(init=False)
    _remedies: Remedies = field(init=False)

    def __post_init__(self) -> None:
        """Put together what seeks, shares and heals."""
        radio = self.settings.radio
        in_reach_s = 2 * (radio.scan_s + radio.scan_rest_s)
        self._slots = Slots(SlotPolicy(most=radio.most_devices, lease_s=radio.lease_s, heard_s=in_reach_s))
        self._remedies = Remedies(adapter=self.adapter, health=self.health, clock=self.host.clock)
        self._seeker = BleSeeker(
            radio=radio,
            services=self._services,
            is_wanted=self._is_wanted,
            heal=self._heal_adapter,
            clock=self.host.clock,
            health=self.health,
            backoff=self._backoff(),
            lock=self.lock,
        )

    def serves(self, device: str) -> bool:
        """Tell whether a device, by its id, is one of the gateway's wearables."""
        return device in self._peers or any(row.id == device for row in self.settings.devices)

    async def run(self) -> None:
        """Serve until cancelled; then stop the streams and disconnect."""
        for row in self.settings.devices:
            self._add_peer(row.id, self._profile(profile_named(row.profile), streams=row.ecg), row.bond)
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    self.mark()
                    await self._go_round(group)
        finally:
            if self.lock is not None:
                self.lock.release()

    async def _go_round(self, group: asyncio.TaskGroup) -> None:
        await self._until_there_is_work()
        await self._heal_peers()
        if not self._is_somebody_wanted():
            return
        sighting, radio_works = await self._seeker.seek()
        self._make_room()
        if sighting is not None:
            await self._connect(sighting, group)
        elif radio_works:
            self._tell_who_is_absent()
            await self._rest(self.settings.radio.scan_rest_s)

    async def _connect(self, sighting: Sighting, group: asyncio.TaskGroup) -> None:
        peer = self._peers[sighting.device]
        if peer.phase is LinkPhase.RESTING:
            peer.step(LinkEvent.RESTED)
        peer.step(LinkEvent.SEEN)
        self._slots.take(peer.device, self._now_s())
        peer.session = session = self._session(sighting, peer)
        try:
            await session.connect()
        except Exception as error:  # noqa: BLE001 - one wearable's trouble, whatever it is, must stay its own
            await self._end(session, peer, await self._why_unconnected(error, peer))
        except asyncio.CancelledError:
            await session.close()
            raise
        else:
            peer.early_ends = 0
            group.create_task(self._serve(session, peer), name=f"ble {peer.device}")

    async def _serve(self, session: BleSession, peer: Peer) -> None:
        try:
            await session.prepare()
            peer.is_absence_told = (
                peer.profile.is_visitor
            )  # whose going is told, and whose absence is no news
            _log.info(
                "ble.streaming" if peer.phase is LinkPhase.STREAMING else "ble.visited", device=peer.device
            )
            ending = await self._watch(session, peer)
        except Exception as error:  # noqa: BLE001 - as above
            ending = self._why_failed(error)
        except asyncio.CancelledError:
            await session.close()
            raise
        await self._end(session, peer, ending)

    async def _watch(self, session: BleSession, peer: Peer) -> _Ending:
        settling = asyncio.get_running_loop().call_later(self.settings.radio.settled_s, self._settle, peer)
        try:
            event = await session.watch()
        finally:
            settling.cancel()
        is_well = settling.when() <= self._now_s() or event in _INTENDED or peer.profile.is_visitor
        if session.has_delivered and peer.profile.is_visitor:
            self._settle(peer)
        return _Ending(event=event, reason=_REASONS[event], is_failure=not is_well)

    def _settle(self, peer: Peer) -> None:
        """Take a wearable as well: what failed before is forgotten, and its alarms are over."""
        peer.succeed()
        for key in (AlarmKey.WEARABLE_UNREACHABLE, AlarmKey.BOND_LOST):
            self._remedies.tell(key, peer.device, stands=False)

    async def _why_unconnected(self, error: Exception, peer: Peer) -> _Ending:
        """Judge a failed attempt; BlueZ shows unknown keys as a link that ends early, and so does the air."""
        peer.early_ends = peer.early_ends + 1 if may_break_bond(error) else 0
        is_doubted = peer.early_ends >= _BOND_DOUBTED_AFTER
        if breaks_bond(error) or (is_doubted and await self._remedies.is_bonded(peer.device)):
            peer.early_ends = 0
            error = BondLostError(f"{peer.device} does not know its bond any more ({error})")
        return self._why_failed(error)

    def _why_failed(self, error: Exception) -> _Ending:
        self.host.counters["ble.connect_failed"] += 1
        trouble = trouble_of(error)
        return _Ending(
            event=trouble.event,
            reason=trouble.reason,
            detail=str(error) or repr(error),
            is_about_bond=isinstance(error, BondLostError | BondRefusedError),
        )

    async def _end(self, session: BleSession, peer: Peer, ending: _Ending) -> None:
        """Take the link down, say so, and let the wearable rest before it is sought again."""
        peer.step(ending.event)
        is_cured = await self._cure(session, peer)
        if ending.is_failure and not is_cured:
            peer.fail()
        if ending.is_about_bond and peer.is_bond_renewed and not is_cured:
            self._remedies.tell(AlarmKey.BOND_LOST, peer.device, stands=True)
        self._tell(peer, ending.event, ending.reason)
        await session.close()
        pause_s = 0.0 if is_cured else self._pause_s(peer, ending)
        if peer.phase in _CURES:
            peer.step(LinkEvent.CLEARED if is_cured else LinkEvent.FAILED)
        peer.session = None
        peer.rested_s = self._now_s() + pause_s
        self._slots.leave(peer.device, self._now_s())
        self._wake.set()
        _log.warning(
            "ble.link_ended",
            device=peer.device,
            reason=ending.reason,
            detail=ending.detail,
            pause_s=round(pause_s, 2),
        )

    async def _cure(self, session: BleSession, peer: Peer) -> bool:
        """Do away with stale services, or a bond that is lost, where that is worth an attempt at once."""
        if peer.phase is LinkPhase.STALE and peer.times_cleared < _MOST_CLEARED:
            peer.times_cleared += 1
            await self._remedies.forget_services(peer.device, and_bond=peer.times_cleared == _MOST_CLEARED)
            return True
        if peer.phase is LinkPhase.UNBONDING and not peer.is_bond_renewed:
            peer.is_bond_renewed = True
            self.host.counters["ble.bond_removed"] += 1
            return await session.forget()
        return False

    def _pause_s(self, peer: Peer, ending: _Ending) -> float:
        if ending.event is LinkEvent.DELIVERED:
            return self.settings.radio.visit_rest_s
        return peer.backoff.next_s()

    def _session(self, sighting: Sighting, peer: Peer) -> BleSession:
        needs = SessionNeeds(
            device=peer.device,
            profile=peer.profile,
            bond=peer.bond,
            step=peer.step,
            rssi_dbm=sighting.rssi_dbm,
        )
        return BleSession(sighting.found, needs=needs, host=self.host)

    def _is_wanted(self, device: str, services: Collection[str]) -> bool:
        """Tell whether a device that was just heard is to be connected now."""
        now_s = self._now_s()
        peer = self._peers.get(device) or self._adopted(device, services)
        if peer is None or not peer.is_sought(now_s):
            return False
        self._slots.hear(device, now_s)
        return self._slots.may_take(device, now_s)

    def _adopted(self, device: str, services: Collection[str]) -> Peer | None:
        profile = profile_for(services) if self._may_adopt() else None
        if profile is None:
            return None
        _log.info("ble.adopted", device=device, profile=profile.name)
        return self._add_peer(device, self._profile(profile), "if-asked")

    def _may_adopt(self) -> bool:
        return self.settings.adopt and len(self._peers) < self.settings.radio.most_adopted

    def _add_peer(self, device: str, profile: Profile, bond: Bond) -> Peer:
        peer = Peer(device=device, profile=profile, bond=bond, backoff=self._backoff())
        self._peers[device] = peer
        self._slots.enter(peer.claim, self._now_s())
        return peer

    def _profile(self, profile: Profile, *, streams: bool = True) -> Profile:
        return profile.with_ecg_rate(self.settings.ecg_rate_hz) if streams else profile.without_signals()

    def _services(self) -> list[str]:
        """Return what those that are sought advertise."""
        sought = (peer.profile for peer in self._peers.values() if peer.is_unserved)
        return sorted({row.service for row in (PROFILES.values() if self._may_adopt() else sought)})

    def _is_somebody_wanted(self) -> bool:
        return self._may_adopt() or any(peer.is_sought(self._now_s()) for peer in self._peers.values())

    def _is_anybody_served(self) -> bool:
        return any(peer.phase in SERVED for peer in self._peers.values())

    async def _until_there_is_work(self) -> None:
        while True:
            self._wake.clear()
            has_remedy = any(peer.remedy is not None for peer in self._peers.values())
            if has_remedy or self._is_somebody_wanted():
                return
            now_s = self._now_s()
            waits_s = (peer.rested_s - now_s for peer in self._peers.values() if peer.is_unserved)
            await self._rest(min(waits_s, default=self.settings.radio.longest_pause_s))
            self.mark()

    async def _heal_peers(self) -> None:
        for peer in self._peers.values():
            rung, peer.remedy = peer.remedy, None
            if rung is not None:
                await self._remedies.apply(
                    rung, device=peer.device, is_adapter_in_use=self._is_anybody_served()
                )

    async def _heal_adapter(self, rung: Rung) -> None:
        await self._remedies.apply(rung, is_adapter_in_use=self._is_anybody_served())

    def _make_room(self) -> None:
        """Let one give way whose turn is over, if another waits for its connection."""
        device = self._slots.who_gives_way(self._now_s())
        if device is not None and (session := self._peers[device].session) is not None:
            session.give_way()

    def _tell_who_is_absent(self) -> None:
        for peer in self._peers.values():
            if peer.is_unserved and not peer.is_absence_told:
                peer.is_absence_told = True
                waits = self._slots.is_waiting(peer.device, self._now_s())
                reason = "connections-taken" if waits else "out-of-reach"
                self._tell(peer, LinkEvent.LOST, reason)

    def _tell(self, peer: Peer, event: LinkEvent, reason: str) -> None:
        link, received = peer.state_after(event), Stamp.now(self.host.clock)
        self.host.inbox.put(LinkChange(device=peer.device, link=link, received=received, reason=reason))

    def _backoff(self) -> Backoff:
        return Backoff(
            first_s=self.settings.radio.first_pause_s,
            longest_s=self.settings.radio.longest_pause_s,
            random=self.random,
        )

    async def _rest(self, rest_s: float) -> None:
        """Wait, but no longer than until a link ends."""
        with suppress(TimeoutError):
            async with asyncio.timeout(rest_s):
                await self._wake.wait()

    @staticmethod
    def _now_s() -> float:
        return asyncio.get_running_loop().time()


_BOND_DOUBTED_AFTER: Final = 3
"""Links in a row that end before anything is seen: so often, noise is the less likely cause."""
_MOST_CLEARED: Final = 2
"""Services are discovered afresh once at no cost, and once at the cost of a bond; then patience is better."""
_CURES: Final = {LinkPhase.STALE, LinkPhase.UNBONDING}
_INTENDED: Final = {LinkEvent.DELIVERED, LinkEvent.GIVES_WAY}
_REASONS: Final = {
    LinkEvent.LOST: "link-lost",
    LinkEvent.SILENT: "link-silent",
    LinkEvent.GIVES_WAY: "gave-way",
    LinkEvent.DELIVERED: "delivered",
}
