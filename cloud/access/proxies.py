"""Who acts in a patient's place: a parent until a birthday, a guardian. Made at the machine itself alone.

Nobody who signs in can make somebody a proxy: an administrator who could would see whomever they liked.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cloud.access.gatekeeper import Gatekeeper
from cloud.access.sharing import FOREVER
from cloud.ports import Deed, Guardianship, Ledger, LedgerNote, Proxy, ProxyBook, Together
from vitals.clock import Clock
from vitals.errors import ValidationError

__all__ = ["Proxies"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxies:
    """Proxies of patients, in whichever process."""

    book: ProxyBook
    ledger: Ledger
    gatekeeper: Gatekeeper
    clock: Clock
    new_id: Callable[[], str]
    together: Together

    def make(
        self, patient_id: str, person_id: str, kind: Guardianship, until_ms: int | None, by: str
    ) -> Proxy:
        """Have somebody act in a patient's place from now on, until a time or until it is ended.

        Raises
        ------
        ValidationError
            If a parent is given no end, or it is past.
        StorageError
            If there is no such patient or person.
        """
        now_ms = self.clock.wall_ms()
        if kind is Guardianship.PARENT and until_ms is None:
            raise ValidationError("a parent acts until a day, such as the 18th birthday: name it")
        if until_ms is not None and until_ms <= now_ms:
            raise ValidationError("that day is past: name a later one")
        proxy = Proxy(
            id=self.new_id(),
            patient_id=patient_id,
            person_id=person_id,
            kind=kind,
            from_ms=now_ms,
            until_ms=until_ms,
            made_by=by,
        )
        with self.together():
            self.book.add_proxy(proxy)
            self.ledger.append(_note(Deed.GRANTED, proxy, by, now_ms))
        self.gatekeeper.refresh()
        return proxy

    def end(self, proxy: Proxy, by: str) -> bool:
        """Have somebody act in a patient's place no more, at once; False: they did not before."""
        now_ms = self.clock.wall_ms()
        with self.together():
            is_ended = self.book.end_proxy(proxy, now_ms, by)
            if is_ended:
                self.ledger.append(_note(Deed.REVOKED, proxy, by, now_ms))
        self.gatekeeper.refresh()
        return is_ended

    def of(self, patient_id: str) -> Sequence[Proxy]:
        """Return who acts in a patient's place or ever did, the newest first."""
        return self.book.proxies_of(patient_id)


def _note(deed: Deed, proxy: Proxy, by: str, now_ms: int) -> LedgerNote:
    return LedgerNote(
        t_ms=now_ms,
        deed=deed,
        actor=by,
        patient_id=proxy.patient_id,
        about={
            "person": proxy.person_id,
            "as": proxy.kind.value,
            "until": FOREVER if proxy.until_ms is None else str(proxy.until_ms),
        },
    )
