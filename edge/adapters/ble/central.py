"""The gateway's Bluetooth central: seeks its wearables, serves each, and never gives one up.

One loop scans, connects and doctors the adapter, so there is never more than one connection attempt on it,
never a scan beside one, and every attempt has a freshly seen device. What is connected is prepared and
watched by a task of its own until the link is lost, silent, or needed for another; then the wearable rests a
little and is sought again. Where it stands meanwhile, who is connected, and what is done
when the radio will not: `edge.link`.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Final

import structlog

from edge.adapters.ble.peer import Peer
from edge.adapters.ble.remedies import Remedies
from edge.adapters.ble.roster import Roster
from edge.adapters.ble.seeker import BleSeeker, Sighting
from edge.adapters.ble.session import BleSession, SessionHost, SessionNeeds
from edge.adapters.ble.trouble import BondLostError, BondRefusedError, breaks_bond, may_break_bond, trouble_of
from edge.adapters.inbox import LinkChange
from edge.adapters.radio_lock import RadioLock
from edge.alarms.local_alarm import AlarmKey
from edge.clock import Stamp
from edge.config import EdgeSettings
from edge.health import GatewayHealth
from edge.link.link_phase import LinkEvent, LinkPhase
from edge.link.recovery import Rung
from edge.ports import RadioAdapter

__all__ = ["BleCentral"]

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ending:
    """Why a link is taken down, or did not come to be."""

    event: LinkEvent
    reason: str
    detail: str = ""
    is_failure: bool = True
    is_its_own: bool = False
    """Whether the wearable, and not the radio, is to blame."""
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
    """Called each time the loop comes round, and after each remedy: where the system hangs they take long."""
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _roster: Roster = field(init=False)
    _remedies: Remedies = field(init=False)
    _seeker: BleSeeker = field(init=False)

    def __post_init__(self) -> None:
        """Put together who is served, what seeks them and what heals."""
        self._roster = Roster(settings=self.settings, random=self.random)
        self._remedies = Remedies(adapter=self.adapter, health=self.health, clock=self.host.clock)
        self._seeker = BleSeeker(
            radio=self.settings.radio,
            services=self._roster.services,
            is_wanted=lambda device, services: self._roster.is_wanted(device, services, self._now_s()),
            heal=self._heal_adapter,
            clock=self.host.clock,
            health=self.health,
            backoff=self._roster.backoff(),
            lock=self.lock,
        )

    def may_pair(self, device: str) -> bool:
        """Tell whether a bond may be made just now with a device, by its id.

        Not only while the gateway asks for one: BlueZ does by itself when a wearable refuses a request.
        """
        return self._roster.may_pair(device)

    async def run(self) -> None:
        """Serve until cancelled; then stop the streams and disconnect."""
        self._roster.enter_allowed(self._now_s())
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    await self._go_round(group)
        finally:
            if self.lock is not None:
                self.lock.release()

    async def _go_round(self, group: asyncio.TaskGroup) -> None:
        """Heal what is to be healed, rest while nobody is wanted, or else seek and connect one."""
        self.mark()
        self._wake.clear()
        await self._heal_peers()
        wait_s = self._roster.wanted_in_s(self._now_s())
        if wait_s > 0:
            await self._rest(min(wait_s, _LONGEST_REST_S))
            return
        sighting, radio_works = await self._seeker.seek()
        self._make_room()
        if sighting is not None:
            await self._connect(sighting, group)
        elif radio_works:
            for peer, reason in self._roster.absent(self._now_s()):
                self._tell(peer, LinkEvent.LOST, reason)
            await self._rest(self.settings.radio.scan_rest_s)

    async def _connect(self, sighting: Sighting, group: asyncio.TaskGroup) -> None:
        peer = self._roster.take(sighting.device, self._now_s())
        if peer.phase is LinkPhase.RESTING:
            peer.step(LinkEvent.RESTED)
        peer.step(LinkEvent.SEEN)
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
            await self._end(session, peer, await self._until_over(session, peer))
        except asyncio.CancelledError:
            await session.close()
            raise

    async def _until_over(self, session: BleSession, peer: Peer) -> _Ending:
        try:
            await session.prepare()
            peer.is_absence_told = peer.profile.is_visitor  # of a visitor only its going is told
            _log.info(f"ble.{peer.phase}", device=peer.device)
            return await self._watch(session, peer)
        except Exception as error:  # noqa: BLE001 - as above
            return self._why_failed(error)

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
            error = BondLostError(f"{peer.device} does not know its bond any more ({error})")
        return self._why_failed(error)

    def _why_failed(self, error: Exception) -> _Ending:
        self.host.counters["ble.connect_failed"] += 1
        trouble = trouble_of(error)
        return _Ending(
            event=trouble.event,
            reason=trouble.reason,
            detail=str(error) or repr(error),
            is_its_own=trouble.is_its_own,
            is_about_bond=isinstance(error, BondLostError | BondRefusedError),
        )

    async def _end(self, session: BleSession, peer: Peer, ending: _Ending) -> None:
        """Take the link down, say so, and let the wearable rest before it is sought again."""
        peer.step(ending.event)
        is_cured = await self._cure(session, peer)
        if ending.is_failure and not is_cured:
            peer.fail(is_its_own=ending.is_its_own)
        if ending.is_about_bond and not is_cured and not peer.may_renew_bond:
            self._remedies.tell(AlarmKey.BOND_LOST, peer.device, stands=True)
        self._tell(peer, ending.event, ending.reason)
        await session.close()
        pause_s = 0.0 if is_cured else self._pause_s(peer, ending)
        if peer.phase in _CURES:
            peer.step(LinkEvent.CLEARED if is_cured else LinkEvent.FAILED)
        peer.session = None
        peer.rested_s = self._now_s() + pause_s
        self._roster.leave(peer, self._now_s())
        self._wake.set()
        asyncio.get_running_loop().call_later(pause_s, self._seeker.begin_anew)
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
            costs_bond = peer.renews_bond and peer.times_cleared == _MOST_CLEARED
            await self._remedies.forget_services(peer.device, and_bond=costs_bond)
            return True
        if peer.phase is LinkPhase.UNBONDING and peer.may_renew_bond:
            peer.is_bond_renewed, peer.early_ends = True, 0
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

    async def _heal_peers(self) -> None:
        for peer in tuple(self._roster.peers.values()):
            rung, peer.remedy = peer.remedy, None
            if rung is not None:
                in_use = self._roster.is_anybody_served()
                await self._remedies.apply(rung, device=peer.device, is_adapter_in_use=in_use)
                self.mark()

    async def _heal_adapter(self, rung: Rung) -> None:
        await self._remedies.apply(rung, is_adapter_in_use=self._roster.is_anybody_served())

    def _make_room(self) -> None:
        """Let one give way whose turn is over, if another waits for its connection."""
        peer = self._roster.who_gives_way(self._now_s())
        if peer is not None and peer.session is not None:
            peer.session.give_way()

    def _tell(self, peer: Peer, event: LinkEvent, reason: str) -> None:
        link, received = peer.state_after(event), Stamp.now(self.host.clock)
        self.host.inbox.put(LinkChange(device=peer.device, link=link, received=received, reason=reason))

    async def _rest(self, rest_s: float) -> None:
        """Wait, but no longer than until a link ends."""
        with suppress(TimeoutError):
            async with asyncio.timeout(rest_s):
                await self._wake.wait()

    @staticmethod
    def _now_s() -> float:
        return asyncio.get_running_loop().time()


_LONGEST_REST_S: Final = 60.0
"""However long nobody is wanted, the loop comes round: whoever watches it would take it for stuck."""
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
