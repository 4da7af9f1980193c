"""A `cloud.ports.GatewayBook` in memory."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cloud.ports import GatewayCertificate, GatewayInvitation, GatewayStanding
from vitals.errors import StorageError


@dataclass(slots=True)
class FakeGatewayBook:
    invited: dict[bytes, GatewayInvitation] = field(default_factory=dict)
    certified: dict[str, GatewayCertificate] = field(default_factory=dict)
    stands: dict[str, GatewayStanding] = field(default_factory=dict)
    is_away: bool = False

    def take_turn(self) -> None:
        pass

    def invite(self, invitation: GatewayInvitation) -> None:
        self.invited[invitation.token_hash] = invitation

    def invitation(self, token_hash: bytes) -> GatewayInvitation | None:
        return self.invited.get(token_hash)

    def invitations(self) -> Sequence[GatewayInvitation]:
        return sorted(self.invited.values(), key=lambda each: (-each.made_ms, each.token_hash))

    def claim(self, token_hash: bytes, key_hash: bytes, now_ms: int) -> bool:
        found = self.invited.get(token_hash)
        if found is None or found.used_ms is not None or found.expires_ms <= now_ms:
            return False
        self.invited[token_hash] = replace(found, used_ms=now_ms, key_hash=key_hash)
        return True

    def note_replay(self, token_hash: bytes, now_ms: int) -> None:
        found = self.invited[token_hash]
        self.invited[token_hash] = replace(found, replays=found.replays + 1, replayed_ms=now_ms)

    def add_certificate(self, certificate: GatewayCertificate) -> None:
        self.certified[certificate.serial] = certificate

    def certificate(self, serial: str) -> GatewayCertificate | None:
        return self.certified.get(serial)

    def certificates(self, gateway: str | None = None) -> Sequence[GatewayCertificate]:
        found = [each for each in self.certified.values() if gateway in {None, each.gateway}]
        return sorted(found, key=lambda each: (-each.issued_ms, each.serial))

    def revoke_certificates(self, serials: Collection[str], now_ms: int) -> None:
        for serial in serials:
            if self.certified[serial].revoked_ms is None:
                self.certified[serial] = replace(self.certified[serial], revoked_ms=now_ms)

    def revoked_serials(self, now_ms: int) -> frozenset[str]:
        return frozenset(
            each.serial
            for each in self.certified.values()
            if each.revoked_ms is not None and each.expires_ms > now_ms
        )

    def let_in(self, gateway: str, now_ms: int) -> None:
        self._stand(gateway, enrolled_ms=now_ms, revoked_ms=None, severed_ms=None, twinned_ms=None)

    def revoke(self, gateway: str, now_ms: int) -> None:
        for token_hash, each in self.invited.items():
            if each.gateway == gateway and each.used_ms is None and each.expires_ms > now_ms:
                self.invited[token_hash] = replace(each, expires_ms=now_ms)
        before = self.stands.get(gateway)
        if before is None or before.revoked_ms is None:
            self._stand(gateway, revoked_ms=now_ms, severed_ms=None)

    def note_severed(self, gateway: str, now_ms: int) -> None:
        self._stand(gateway, severed_ms=now_ms)

    def note_twins(self, gateway: str, now_ms: int) -> None:
        self._stand(gateway, twinned_ms=now_ms)

    def speak_for(self, gateway: str, patients: Collection[str] | None) -> None:
        self._stand(gateway, patients=None if patients is None else frozenset(patients))

    def standings(self) -> Mapping[str, GatewayStanding]:
        if self.is_away:
            raise StorageError("the database is away: start it")
        return dict(self.stands)

    def _stand(self, gateway: str, **changes: object) -> None:
        before = self.stands.get(gateway, GatewayStanding(gateway=gateway))
        self.stands[gateway] = replace(before, **changes)
