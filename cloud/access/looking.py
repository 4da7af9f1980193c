"""Looks go on the ledger where they are allowed: one small call, before anything is shown."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from cloud.access.sessions import Viewer
from cloud.services import Services

__all__ = ["SUMMARY", "looked"]

SUMMARY: Final = "summary"
"""Not a policy: a list of patients, and in a word how they are."""

_AT: Final[Mapping[str, str | None]] = MappingProxyType(
    {
        "patient-own": None,  # who reads who looked looks at no reading
        SUMMARY: "summary",
        "patient-vitals": "vitals",
        "patient-waveforms": "waveforms",
        "patient-alerts": "alerts",
        "patient-alerts-set": "alerts",
        "patient-rehearsed": "history",
    }
)
"""What is looked at by a policy's routes; what is not named here is the record."""
_RECORD: Final = "record"


def looked(services: Services, viewer: Viewer, policy: str, patient_ids: Iterable[str]) -> None:
    """Write down that somebody looks at patients, by what a policy opens.

    Raises
    ------
    StorageError
        If it cannot be written down: then nothing is shown.
    """
    what = _AT.get(policy, _RECORD)
    if what is not None:
        services.looks.saw(viewer.person.id, patient_ids, what)
