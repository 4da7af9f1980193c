"""Which wearables a gateway serves, who of them is wanted just now, and who may have a connection."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from random import Random

import structlog

from edge.adapters.ble.peer import Peer
from edge.backoff import Backoff
from edge.config import Bond, EdgeSettings
from edge.link.link_phase import SERVED
from edge.link.profiles import PROFILES, Profile, profile_for, profile_named
from edge.link.slots import SlotPolicy, Slots

__all__ = ["Roster"]

_log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class Roster:
    """The allow-list, and whom else was adopted where that is allowed; all times are the event loop's."""

    settings: EdgeSettings
    random: Random
    peers: dict[str, Peer] = field(default_factory=dict)
    """By device id."""
    _slots: Slots = field(init=False)

    def __post_init__(self) -> None:
        """Know the rules by which connections are shared."""
        radio = self.settings.radio
        in_reach_s = 2 * (radio.scan_s + radio.scan_rest_s)
        self._slots = Slots(SlotPolicy(most=radio.most_devices, lease_s=radio.lease_s, heard_s=in_reach_s))

    def enter_allowed(self, now_s: float) -> None:
        """Let every wearable of the allow-list wait for a connection."""
        for row in self.settings.devices:
            profile = profile_named(row.profile)
            peer = self._enter(row.id, profile if row.ecg else profile.without_signals(), row.bond, now_s)
            peer.renews_bond = row.bond_renewal == "by-itself"

    def may_pair(self, device: str) -> bool:
        """Tell whether a bond may be made just now with a device, by its id: a wearable that has a link."""
        peer = self.peers.get(device)
        return peer is not None and peer.bond != "never" and not peer.is_unserved

    def is_wanted(self, device: str, services: Collection[str], now_s: float) -> bool:
        """Tell whether a device that was just heard is to be connected now."""
        peer = self.peers.get(device) or self._adopted(device, services, now_s)
        if peer is None or not peer.is_sought(now_s):
            return False
        self._slots.hear(device, now_s)
        return self._slots.may_take(device, now_s)

    def services(self) -> list[str]:
        """Return what those that are sought advertise."""
        sought = (peer.profile for peer in self.peers.values() if peer.is_unserved)
        return sorted({row.service for row in (PROFILES.values() if self._may_adopt() else sought)})

    def wanted_in_s(self, now_s: float) -> float:
        """Return how long nobody is to be sought: 0 or less, if anybody is now."""
        if self._may_adopt():
            return 0.0
        waits_s = (peer.rested_s - now_s for peer in self.peers.values() if peer.is_unserved)
        return min(waits_s, default=self.settings.radio.longest_pause_s)

    def is_anybody_served(self) -> bool:
        """Tell whether a wearable streams or delivers: the adapter works, then."""
        return any(peer.phase in SERVED for peer in self.peers.values())

    def take(self, device: str, now_s: float) -> Peer:
        """Give a connection to a wearable that is wanted."""
        self._slots.take(device, now_s)
        return self.peers[device]

    def leave(self, peer: Peer, now_s: float) -> None:
        """Take its connection back."""
        self._slots.leave(peer.device, now_s)

    def who_gives_way(self, now_s: float) -> Peer | None:
        """Return whose turn is over while another waits, if anybody's is."""
        device = self._slots.who_gives_way(now_s)
        return None if device is None else self.peers[device]

    def absent(self, now_s: float) -> Iterator[tuple[Peer, str]]:
        """Yield whom a scan did not find, each once until it was connected, and why."""
        for peer in self.peers.values():
            if peer.is_unserved and not peer.is_absence_told:
                peer.is_absence_told = True
                waits = self._slots.is_waiting(peer.device, now_s)
                yield peer, "connections-taken" if waits else "out-of-reach"

    def backoff(self) -> Backoff:
        """Return how long to wait after failures, by the settings."""
        radio = self.settings.radio
        return Backoff(first_s=radio.first_pause_s, longest_s=radio.longest_pause_s, random=self.random)

    def _may_adopt(self) -> bool:
        return self.settings.adopt and len(self.peers) < self.settings.radio.most_adopted

    def _adopted(self, device: str, services: Collection[str], now_s: float) -> Peer | None:
        profile = profile_for(services) if self._may_adopt() else None
        if profile is None:
            return None
        _log.info("ble.adopted", device=device, profile=profile.name)
        return self._enter(device, profile, "if-asked", now_s)

    def _enter(self, device: str, profile: Profile, bond: Bond, now_s: float) -> Peer:
        profile = profile.with_ecg_rate(self.settings.ecg_rate_hz)
        peer = Peer(device=device, profile=profile, bond=bond, backoff=self.backoff())
        self.peers[device] = peer
        self._slots.enter(peer.claim, now_s)
        return peer
