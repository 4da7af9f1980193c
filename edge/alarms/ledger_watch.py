"""The gateway's own eye on the ledger: is the past still what it was when a head was kept here? Pure.

The key is the one the settings name, or that of the first head that was kept.
"""

from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from edge.alarms.local_alarm import AlarmKey, LocalAlarms
from vitals.ledger.heads import TreeHead, key_id, read_key
from vitals.ledger.witness import ACCEPTED, ACCUSING, Verdict, judge
from vitals.wire.ledger import HeadNews, Witnessed

__all__ = ["OLDER_BORNE_S", "RESTORED_TOLD_S", "UNPROVEN_BORNE_S", "LedgerWatch"]

OLDER_BORNE_S: Final = 600.0
"""How long after a head was kept one of before may come: a broker holds none for longer than a minute.
Later the ledger went back, whatever time the head claims: whoever signs it may write any."""
UNPROVEN_BORNE_S: Final = 3_600.0
"""How long growth may go unproven: the proof that fits what is kept here comes within minutes."""
RESTORED_TOLD_S: Final = 86_400.0
_SAYS: Final = {
    Verdict.ROLLED_BACK: "the ledger went back from {kept} to {now} entries",
    Verdict.FORKED: "the ledger has other entries than those kept here",
    Verdict.REWRITTEN: "the ledger does not begin with the {kept} entries kept here",
    Verdict.UNSIGNED: "a head was given that is forged, or signed with another key",
    Verdict.FOREIGN: "a head of another ledger was given",
    Verdict.UNPROVEN: "for long no proof was given that the ledger begins with the {kept} entries kept here",
    Verdict.RESTORED: "the service says that a backup was restored: what was noted since is gone",
}
_ALARMING: Final = ACCUSING | {Verdict.UNSIGNED, Verdict.FOREIGN, Verdict.UNPROVEN}


@dataclass(slots=True, kw_only=True)
class LedgerWatch:
    """Judges heads, and alarms; `kept` is the newest that held. Times are real seconds that never jump."""

    alarms: LocalAlarms
    pinned: Ed25519PublicKey | None = None
    kept: TreeHead | None = None
    verdict: Verdict | None = None
    _taken_s: float | None = None
    """When `kept` was taken; of one that was there at the start, when the first head came after it."""
    _unproven_s: float | None = None
    """Since when growth is claimed and not proven."""
    _restored_s: float | None = None
    _says: str = field(default="")

    def judge(self, news: HeadNews, *, now_s: float) -> Verdict:
        """Return what is to be thought of a head; nothing is kept by this."""
        key = self.pinned or read_key(news.key)
        if self.kept is not None and key_id(key) != self.kept.key:
            return Verdict.UNSIGNED
        is_proven = self.kept is not None and news.first == self.kept.size
        proof = [bytes.fromhex(each) for each in news.proof] if is_proven else None
        found = judge(self.kept, news.head, key, proof)
        taken_s = now_s if self._taken_s is None else self._taken_s
        return Verdict.ROLLED_BACK if found is Verdict.OLDER and now_s - taken_s > OLDER_BORNE_S else found

    def take(self, verdict: Verdict, head: TreeHead, *, now_s: float) -> None:
        """Take in what was thought of a head; one that holds is kept from now on."""
        is_borne = self._is_borne(verdict, now_s)
        if verdict in _SAYS and not is_borne:
            self._says = _SAYS[verdict].format(kept=self.kept.size if self.kept else 0, now=head.size)
        if verdict is Verdict.RESTORED:
            self._restored_s = now_s
        if verdict in ACCEPTED and verdict is not Verdict.SAME:
            self.kept, self._taken_s, self._unproven_s = head, now_s, None
        elif self._taken_s is None:
            self._taken_s = now_s
        if not is_borne:
            self.verdict = verdict

    def _is_borne(self, verdict: Verdict, now_s: float) -> bool:
        """Tell whether this accuses nobody yet: the head was late, or the proof is on its way."""
        if verdict is Verdict.UNPROVEN:
            self._unproven_s = now_s if self._unproven_s is None else self._unproven_s
            return now_s - self._unproven_s <= UNPROVEN_BORNE_S
        return verdict is Verdict.OLDER

    def look(self, *, now_s: float, now_ms: int) -> None:
        """Raise the alarm, or clear it: a head that holds is the end of it."""
        restored_s = self._restored_s
        was_restored = restored_s is not None and now_s - restored_s < RESTORED_TOLD_S
        stands = self.verdict in _ALARMING or was_restored
        self.alarms.set(AlarmKey.LEDGER_CHANGED, stands=stands, t_ms=now_ms, detail=self._says)

    def said(self) -> Witnessed | None:
        """Return what the service is told; None before anything was kept."""
        if self.kept is None:
            return None
        return Witnessed(
            epoch=self.kept.epoch, size=self.kept.size, verdict=(self.verdict or Verdict.SAME).value
        )
