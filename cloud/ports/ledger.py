"""What is written down for good: who did what, to whose record, when."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

__all__ = ["OPERATOR", "SERVICE", "Deed", "Ledger", "LedgerNote", "Recorded", "Together", "WitnessWord"]

Together = Callable[[], AbstractContextManager[None]]
"""Makes what this thread writes in a block one transaction, so that a deed and its note are one."""


SERVICE = "service"
"""The actor of what the service does by itself."""
OPERATOR = "operator"
"""The actor of what is done at the machine's own command line."""


class Deed(StrEnum):
    """What was done. Each has a sentence in plain words for the patient it concerns."""

    LOOKED = "looked"
    GRANTED = "granted"
    REVOKED = "revoked"
    BROKE_GLASS = "broke-glass"
    REVIEWED_GLASS = "reviewed-glass"
    TEAM_CHANGED = "team-changed"
    ALERT_DECIDED = "alert-decided"
    RULE_CHANGED = "rule-changed"
    CARE_CHANGED = "care-changed"
    PATIENT_ADDED = "patient-added"
    DEVICE_PUT_ON = "device-put-on"
    DEVICE_TAKEN_OFF = "device-taken-off"
    MODEL_CHANGED = "model-changed"
    CONFIGURATION_CHANGED = "configuration-changed"
    EXPORTED = "exported"
    ERASURE_ASKED = "erasure-asked"
    ERASURE_TAKEN_BACK = "erasure-taken-back"
    ERASURE_WITHHELD = "erasure-withheld"
    ERASED = "erased"
    SIGNED_IN = "signed-in"
    ACCOUNT_CHANGED = "account-changed"
    GATEWAY_ENROLLED = "gateway-enrolled"
    GATEWAY_REVOKED = "gateway-revoked"
    RESTORED = "restored"
    QUARANTINE_RELEASED = "quarantine-released"


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerNote:
    """One deed. `actor` and `patient_id` are ids; the ledger keeps pseudonyms of them.

    `about` names things by id, code or number: never a measured value, a name, or what somebody typed.
    """

    t_ms: int
    deed: Deed
    actor: str
    patient_id: str | None = None
    about: Mapping[str, str] = field(default_factory=dict)


class Ledger(Protocol):
    """Where deeds are written down, in order, for good."""

    def append(self, note: LedgerNote) -> None:
        """Write a deed down: durable when this returns, or with the transaction this thread is in.

        Raises
        ------
        StorageError
            If it cannot be written: then what it tells of must not happen either.
        """
        ...

    def append_all(self, notes: Sequence[LedgerNote]) -> None:
        """Write several down, in this order: all of them or none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An entry as it stands in the tree, and what is still known of it beside.

    `line` is its one form; `leaf` what it hashed to when it was entered. `salt` and `about` are what it has a
    hash of: None where that was erased.
    """

    number: int
    line: bytes
    leaf: bytes
    salt: bytes | None = None
    about: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessWord:
    """What a gateway says of the last head it was given: it may lie, and is believed in nothing."""

    gateway: str
    epoch: int
    size: int
    verdict: str
    said_ms: int
