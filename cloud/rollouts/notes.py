"""What the ledger is told of roll-outs: by ids, codes and numbers alone."""

from cloud.ports import Deed, LedgerNote, Rollout
from vitals.release import Kind

__all__ = ["note_of"]


def note_of(rollout: Rollout, what: str, *, actor: str, t_ms: int, **about: str) -> LedgerNote:
    """Return the note of a deed: begun, advanced, paused, resumed, stopped, or what a gateway did."""
    is_model = rollout.line.startswith(str(Kind.MODEL))
    return LedgerNote(
        t_ms=t_ms,
        deed=Deed.MODEL_CHANGED if is_model else Deed.CONFIGURATION_CHANGED,
        actor=actor,
        about={
            "rollout": rollout.id,
            "line": rollout.line,
            "version": str(rollout.version),
            "stage": str(rollout.stage),
            "what": what,
            **about,
        },
    )
