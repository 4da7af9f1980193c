"""Letting gateways in, renewing their certificates, taking both back: one desk, one transaction a deed."""

import hmac
from base64 import b64decode
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final

import structlog
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from cloud.access.gateways import GatewayAccess
from cloud.access.tokens import Randomness, new_token, token_hash
from cloud.gateways.authority import Authority, Use, checked_gateway
from cloud.gateways.errors import NoAuthorityError, NotInvitedError, NotProvenError
from cloud.gateways.requests import RequestedKey, key_hash, requested_key, vouched_for
from cloud.ports import Deed, GatewayBook, GatewayCertificate, GatewayInvitation, Ledger, LedgerNote
from vitals.clock import Clock
from vitals.wire import topics
from vitals.wire.enrolment import Enrolled, EnrolmentCode, RenewalRequest

__all__ = ["LONGEST_INVITATION_MS", "ROUTINE_INVITATION_MS", "EnrolmentDesk", "ServicePlace"]

_HOUR_MS: Final = 3_600_000
ROUTINE_INVITATION_MS: Final = 24 * _HOUR_MS
LONGEST_INVITATION_MS: Final = 7 * 24 * _HOUR_MS
_MOST_GOOD: Final = 4
"""Certificates of a gateway that are good at once: the one in use, those of renewals that went astray."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePlace:
    """Where gateways reach the service and its broker; `is_public`: by a certificate all computers trust.

    `release_keys` are those whose releases they take from then on.
    """

    url: str
    is_public: bool
    broker_host: str
    broker_port: int
    release_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentDesk:
    """Everything that is done about a gateway's identity; what it said is durable when it returns."""

    authority: Authority | None
    place: ServicePlace
    book: GatewayBook
    access: GatewayAccess
    ledger: Ledger
    clock: Clock
    randomness: Randomness
    together: Callable[[], AbstractContextManager[None]]
    certificate_days: int

    def invite(self, gateway: str, *, by: str, lasts_ms: int = ROUTINE_INVITATION_MS) -> EnrolmentCode:
        """Return a code that lets this one gateway in, once, within the time given.

        Raises
        ------
        EnvelopeError
            If no gateway may be called so.
        NoAuthorityError
            If nobody here can certify it.
        """
        authority, now_ms = self.certifier(), self.clock.wall_ms()
        token = new_token(self.randomness)
        self.book.invite(
            GatewayInvitation(
                token_hash=token_hash(token),
                gateway=checked_gateway(gateway),
                made_by=by,
                made_ms=now_ms,
                expires_ms=now_ms + min(lasts_ms, LONGEST_INVITATION_MS),
            )
        )
        return EnrolmentCode(
            url=self.place.url,
            authority=authority.fingerprint,
            token=token,
            is_public=self.place.is_public,
        )

    def knows(self, token: str) -> bool:
        """Tell whether a token was ever given out and has not ended; one that was used up counts."""
        try:
            self._invited(token_hash(token))
        except NotInvitedError:
            return False
        return True

    def enrol(self, token: str, csr: str) -> Enrolled:
        """Let in whoever holds a good token, by the key of their request, and return what they are given.

        With the same key it may be asked for again while the token lasts: an answer may not have arrived.

        Raises
        ------
        NotInvitedError
            If the token is no good; that a used one came again is noted for administrators.
        CertificateRequestError
            If the request or its key is none we certify; the token stays good.
        NoAuthorityError
            If nobody here can certify it.
        """
        authority = self.certifier()
        given = token_hash(token)
        invitation = self._invited(given)
        key, _ = requested_key(csr)
        with self.together():
            self.book.take_turn()
            is_first = self.book.claim(given, key_hash(key), self.clock.wall_ms())
            answer = (
                self._let_in(authority, invitation, key)
                if is_first
                else self._given_again(authority, given, key)
            )
        if answer is None:
            raise self._refused_replay(given, invitation)
        _log.info("gateways.enrolled", gateway=invitation.gateway, again=not is_first)
        return answer

    def renew(self, gateway: str, request: RenewalRequest) -> Enrolled:
        """Return another certificate and token for a gateway that holds the key of one that is good.

        Raises
        ------
        NotProvenError
            If it does not, or that one has ended or was revoked.
        CertificateRequestError
            If the request or its key is none we certify.
        NoAuthorityError
            If nobody here can certify it.
        """
        authority = self.certifier()
        key, csr_der = requested_key(request.csr)
        signature = _signature(request.signature)
        with self.together():
            self.book.take_turn()  # or one that is revoked just now would be given another certificate
            known = self._renewed(authority, gateway, request.serial, (key, csr_der, signature))
            answer = self._answer(authority, known, token=self.access.issue(gateway))
        _log.info("gateways.renewed", gateway=gateway)
        return answer

    def revoke(self, gateway: str, *, by: str) -> int:
        """Let a gateway in no more, by certificate or token; return how many of both were good.

        Raises
        ------
        EnvelopeError
            If that is no id of a gateway.
        """
        now_ms = self.clock.wall_ms()
        with self.together():
            self.book.take_turn()
            good = [
                each for each in self.book.certificates(topics.checked(gateway)) if _is_good(each, now_ms)
            ]
            self.book.revoke_certificates([each.serial for each in good], now_ms)
            self.book.revoke(gateway, now_ms)
            tokens = self.access.revoke(gateway)
            self._note(Deed.GATEWAY_REVOKED, by, gateway)
        return len(good) + tokens

    def speak_for(self, gateway: str, patients: Collection[str] | None, *, by: str) -> None:
        """Say for which patients a gateway may speak; None: for anybody.

        Raises
        ------
        EnvelopeError
            If that is no id of a gateway.
        """
        topics.checked(gateway)
        with self.together():
            self.book.speak_for(gateway, patients)
            whom = "anybody" if patients is None else str(len(set(patients)))
            self._note(Deed.CONFIGURATION_CHANGED, by, gateway, speaks_for=whom)

    def issued(self, gateway: str, der: bytes, key: RequestedKey) -> GatewayCertificate:
        """Return what is kept of a certificate that was made for a gateway."""
        made = x509.load_der_x509_certificate(der)
        return GatewayCertificate(
            serial=f"{made.serial_number:x}",
            gateway=gateway,
            key_hash=key_hash(key),
            der=der,
            issued_ms=self.clock.wall_ms(),
            expires_ms=int(made.not_valid_after_utc.timestamp() * 1000),
        )

    def certifier(self) -> Authority:
        """Return the authority.

        Raises
        ------
        NoAuthorityError
            If there is none.
        """
        if self.authority is None:
            raise NoAuthorityError(
                "there is no authority to certify gateways: make one with `carewire cloud authority init`, "
                "and start the service again"
            )
        return self.authority

    def _invited(self, given: bytes) -> GatewayInvitation:
        found = self.book.invitation(given)
        now_ms = self.clock.wall_ms()
        if found is None or not hmac.compare_digest(found.token_hash, given) or found.expires_ms <= now_ms:
            raise _not_invited()
        return found

    def _let_in(self, authority: Authority, invitation: GatewayInvitation, key: RequestedKey) -> Enrolled:
        """Begin a gateway's identity anew: whatever it had before is worthless from now on."""
        gateway, now_ms = invitation.gateway, self.clock.wall_ms()
        earlier = [each.serial for each in self.book.certificates(gateway)]
        self.book.revoke_certificates(earlier, now_ms)
        self.access.revoke(gateway)
        self.book.let_in(gateway, now_ms)
        known = self._certify(authority, gateway, key)
        self._note(Deed.GATEWAY_ENROLLED, invitation.made_by, gateway, certificate=known.serial)
        return self._answer(authority, known, token=self.access.issue(gateway))

    def _renewed(
        self, authority: Authority, gateway: str, serial: str, asked: tuple[RequestedKey, bytes, bytes]
    ) -> GatewayCertificate:
        """Certify a key that the presented certificate's vouches for; asked again it is the same one."""
        now_ms, presented, (key, csr_der, signature) = (
            self.clock.wall_ms(),
            self.book.certificate(serial),
            asked,
        )
        if presented is None or presented.gateway != gateway or not _is_good(presented, now_ms):
            raise NotProvenError(
                "that certificate is no longer good: make a new code with `carewire cloud gateway invite`, "
                "and enrol again"
            )
        vouched_for(csr_der, signature, x509.load_der_x509_certificate(presented.der))
        good = [each for each in self.book.certificates(gateway) if _is_good(each, now_ms)]
        for each in good:
            if hmac.compare_digest(each.key_hash, key_hash(key)):
                return each
        known = self._certify(authority, gateway, key)
        beyond = [each.serial for each in good[_MOST_GOOD - 1 :] if each.serial != presented.serial]
        self.book.revoke_certificates(beyond, now_ms)
        return known

    def _given_again(self, authority: Authority, given: bytes, key: RequestedKey) -> Enrolled | None:
        """Return what the first answer said, with another token, to whoever holds the key it was for."""
        used = self.book.invitation(given)
        if used is None or used.key_hash is None or not hmac.compare_digest(used.key_hash, key_hash(key)):
            return None
        now_ms = self.clock.wall_ms()
        for each in self.book.certificates(used.gateway):
            if each.key_hash == used.key_hash and _is_good(each, now_ms):
                self.access.revoke(used.gateway)
                return self._answer(authority, each, token=self.access.issue(used.gateway))
        return None

    def _refused_replay(self, given: bytes, invitation: GatewayInvitation) -> NotInvitedError:
        """Note that somebody came with a token which was used up, and return the refusal."""
        self.book.note_replay(given, self.clock.wall_ms())
        _log.warning("gateways.code_used_again", gateway=invitation.gateway)
        return _not_invited()

    def _certify(self, authority: Authority, gateway: str, key: RequestedKey) -> GatewayCertificate:
        made = authority.issue(
            Use.GATEWAY,
            gateway,
            key,
            now_ms=self.clock.wall_ms(),
            randomness=self.randomness,
            days=self.certificate_days,
        )
        known = self.issued(gateway, made.public_bytes(serialization.Encoding.DER), key)
        self.book.add_certificate(known)
        return known

    def _answer(self, authority: Authority, known: GatewayCertificate, token: str | None = None) -> Enrolled:
        made = x509.load_der_x509_certificate(known.der)
        return Enrolled(
            gateway=known.gateway,
            certificate=made.public_bytes(serialization.Encoding.PEM).decode(),
            authority=authority.pem,
            broker_host=self.place.broker_host,
            broker_port=self.place.broker_port,
            release_keys=self.place.release_keys,
            token=token,
        )

    def _note(self, deed: Deed, by: str, gateway: str, **about: str) -> None:
        self.ledger.append(
            LedgerNote(t_ms=self.clock.wall_ms(), deed=deed, actor=by, about={"gateway": gateway, **about})
        )


def _is_good(certificate: GatewayCertificate, now_ms: int) -> bool:
    return certificate.revoked_ms is None and now_ms < certificate.expires_ms


def _signature(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        raise NotProvenError("the signature is no Base64: sign the request with the key in use") from None


def _not_invited() -> NotInvitedError:
    return NotInvitedError(
        "this code is no good, or no longer: make a new one with `carewire cloud gateway invite`"
    )
