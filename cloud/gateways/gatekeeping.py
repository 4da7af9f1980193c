"""Keeps the broker to what the book says: writes its files, and sees that whoever was revoked is cut off.

mosquitto goes by them once it is started anew; asked by a signal to read them again, that of Debian 12 may
die (docs/gateways.md tells how). A certificate that is void by these files is tried at its door: once it is
refused, nobody who is revoked comes in any more, and whoever still were connected is turned out.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from cloud.access.tokens import Randomness
from cloud.gateways.authority import AUTHORITY_DAYS, Authority, Use, new_key
from cloud.gateways.broker_files import ACL_FILE, LIST_FILE, BrokerFiles, access_rules
from cloud.ports import GatewayBook, GatewayStanding
from vitals.clock import Clock
from vitals.errors import DeliveryError, StorageError

__all__ = ["Door", "Gatekeeping", "Pass"]

EVERY_S: Final = 1.0
PATIENCE_ROUNDS: Final = 30
"""After how many looks it is told that the broker does not go by its files."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """A certificate, its key, and whom it names."""

    name: str
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


class Door(Protocol):
    """The broker, as whoever comes with a certificate finds it."""

    def lets_in(self, key_to_it: Pass) -> bool:
        """Tell whether a certificate is let in; whoever was there under its name is there no more.

        Raises
        ------
        DeliveryError
            If the broker cannot be asked.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """What the broker's files say, and a certificate that is void by them, if one was made for it."""

    rules: str
    revoked: frozenset[str]
    probe: Pass | None = None


@dataclass(slots=True, kw_only=True)
class Gatekeeping:
    """Looks at the book once a second. Belongs to one thread."""

    book: GatewayBook
    authority: Authority
    files: BrokerFiles
    door: Door
    clock: Clock
    randomness: Randomness
    _written: _Written | None = None
    _rounds: int = 0
    _trouble: str | None = None
    _woken: threading.Event = field(default_factory=threading.Event)

    def run(self, stop: threading.Event) -> None:
        """Step until told to stop; what fails is a trouble, and tried again."""
        while not stop.is_set():
            try:
                self.step()
            except Exception as error:  # noqa: BLE001 - the thread that turns people out outlives what it meets
                _log.exception("gatekeeping.failed")
                self._trouble = f"gateways: {type(error).__name__}; see the log"
            self._woken.wait(EVERY_S)
            self._woken.clear()

    def wake(self) -> None:
        """Look at once."""
        self._woken.set()

    def troubles(self) -> tuple[str, ...]:
        """Return what is not well, in words."""
        return () if self._trouble is None else (self._trouble,)

    def step(self) -> None:
        """Write what has changed, and end what connections must be ended."""
        try:
            standings = self.book.standings().values()
            waiting = [each.gateway for each in standings if _is_to_be_severed(each)]
            probe = self._keep_files([each.gateway for each in standings if each.revoked_ms], waiting)
            self._trouble = self._sever(waiting, probe)
        except (StorageError, DeliveryError) as error:
            self._trouble = f"gateways: {error}"

    def _keep_files(self, shut_out: Sequence[str], waiting: Sequence[str]) -> Pass | None:
        """Write the broker's files, if they do not say enough; return what is void by them."""
        rules, revoked = access_rules(shut_out), self.book.revoked_serials(self.clock.wall_ms())
        written = self._written or self._found()
        says_enough = written.rules == rules and revoked <= written.revoked
        if not says_enough or (waiting and written.probe is None):
            written = self._write(rules, revoked)
        self._written = written
        return written.probe

    def _found(self) -> _Written:
        """Return what the files say that were there before us; a list that is not ours says nothing."""
        try:
            listed = x509.load_pem_x509_crl(self.files.read(LIST_FILE))
            is_ours = listed.is_signature_valid(self.authority.key.public_key())
        except ValueError:
            return _Written(rules="", revoked=frozenset())
        serials = frozenset(f"{each.serial_number:x}" for each in listed) if is_ours else frozenset[str]()
        rules = self.files.read(ACL_FILE).decode(errors="replace") if is_ours else ""
        return _Written(rules=rules, revoked=serials)

    def _write(self, rules: str, revoked: frozenset[str]) -> _Written:
        now_ms = self.clock.wall_ms()
        probe = self._pass(f"probe-{self.randomness(8).hex()}", days=AUTHORITY_DAYS)
        serials = {int(each, 16) for each in revoked} | {probe.certificate.serial_number}
        listed = self.authority.revocation_list(serials, now_ms=now_ms, number=now_ms)
        self.files.write(rules=rules, revoked=listed, authority=self.authority.pem)
        self._rounds = 0
        _log.info("gatekeeping.written", revoked=len(revoked))
        return _Written(rules=rules, revoked=revoked, probe=probe)

    def _sever(self, waiting: Sequence[str], probe: Pass | None) -> str | None:
        """Turn out those who were revoked, once the broker is seen to go by what was written."""
        if not waiting or probe is None:
            return None
        if self.door.lets_in(probe):
            self._rounds += 1
            return _NOT_READ if self._rounds >= PATIENCE_ROUNDS else None
        for gateway in waiting:
            self.door.lets_in(self._pass(gateway))
            self.book.note_severed(gateway, self.clock.wall_ms())
            _log.info("gatekeeping.severed", gateway=gateway)
        return None

    def _pass(self, name: str, *, days: int = 1) -> Pass:
        """Return a certificate that leaves this process only towards the broker.

        The one that is void by the list lasts as long as the list: one that ended would be refused by a
        broker that goes by no list at all.
        """
        key = new_key()
        made = self.authority.issue(
            Use.GATEWAY,
            name,
            key.public_key(),
            now_ms=self.clock.wall_ms(),
            randomness=self.randomness,
            days=days,
        )
        return Pass(name=name, certificate=made, key=key)


_NOT_READ: Final = (
    "gateways: the broker still lets in a certificate that is revoked: start it anew "
    "(systemctl restart mosquitto), and see docs/gateways.md"
)


def _is_to_be_severed(standing: GatewayStanding) -> bool:
    return standing.revoked_ms is not None and standing.severed_ms is None
