"""Which gateways were let in, with which certificates, and for whom they may speak."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayInvitation:
    """A token that lets one gateway in, once; known by the SHA-256 of it. `key_hash`: whose it became.

    `replays` counts who came with it when it was used up already, the last at `replayed_ms`.
    """

    token_hash: bytes
    gateway: str
    made_by: str
    made_ms: int
    expires_ms: int
    used_ms: int | None = None
    key_hash: bytes | None = None
    replays: int = 0
    replayed_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayCertificate:
    """A certificate given to a gateway (`der`), by its serial number in hexadecimal."""

    serial: str
    gateway: str
    key_hash: bytes
    der: bytes
    issued_ms: int
    expires_ms: int
    revoked_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayStanding:
    """How a gateway stands. `patients` are those it may speak for; None: for anybody.

    `severed_ms` is when a revoked one was known to be cut off at the broker; `twinned_ms` when two computers
    were last seen to use its certificate.
    """

    gateway: str
    enrolled_ms: int | None = None
    revoked_ms: int | None = None
    severed_ms: int | None = None
    twinned_ms: int | None = None
    patients: frozenset[str] | None = None


class GatewayBook(Protocol):
    """Invitations, certificates and standings of gateways."""

    def take_turn(self) -> None:
        """Let in, renew and revoke one at a time, from now until this thread's transaction has ended."""
        ...

    def invite(self, invitation: GatewayInvitation) -> None: ...
    def invitation(self, token_hash: bytes) -> GatewayInvitation | None: ...
    def invitations(self) -> Sequence[GatewayInvitation]:
        """Return every invitation ever made, newest first."""
        ...

    def claim(self, token_hash: bytes, key_hash: bytes, now_ms: int) -> bool:
        """Use a good invitation up for a key; False if it was used, has ended or never was."""
        ...

    def note_replay(self, token_hash: bytes, now_ms: int) -> None: ...
    def add_certificate(self, certificate: GatewayCertificate) -> None: ...
    def certificate(self, serial: str) -> GatewayCertificate | None: ...
    def certificates(self, gateway: str | None = None) -> Sequence[GatewayCertificate]:
        """Return the certificates of a gateway, or of all, newest first."""
        ...

    def revoke_certificates(self, serials: Collection[str], now_ms: int) -> None: ...
    def revoked_serials(self, now_ms: int) -> frozenset[str]:
        """Return the certificates that were revoked and have not ended by themselves."""
        ...

    def let_in(self, gateway: str, now_ms: int) -> None:
        """Note that a gateway was let in; it is revoked no more."""
        ...

    def revoke(self, gateway: str, now_ms: int) -> None:
        """Note that a gateway, known or not, is no longer let in, unless that is so already."""
        ...

    def note_severed(self, gateway: str, now_ms: int) -> None: ...
    def note_twins(self, gateway: str, now_ms: int) -> None: ...
    def speak_for(self, gateway: str, patients: Collection[str] | None) -> None:
        """Say for which patients a gateway may speak from now on; None: for anybody."""
        ...

    def standings(self) -> Mapping[str, GatewayStanding]:
        """Return how every gateway stands of which anything was ever said."""
        ...
