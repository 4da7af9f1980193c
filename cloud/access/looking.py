"""Looks go on the ledger where they are allowed: one small call, before anything is shown."""

from collections.abc import Iterable
from typing import Final

from cloud.access.policies import POLICIES, Policy
from cloud.access.sessions import Viewer
from cloud.services import Services

__all__ = ["SUMMARY", "looked"]

SUMMARY: Final = "summary"
"""What a list of patients shows of each: in a word how they are. It is of no policy."""


def looked(services: Services, viewer: Viewer, at: Policy | str, patient_ids: Iterable[str]) -> None:
    """Write down that somebody looks at patients, at what a policy opens or at a `SUMMARY`.

    Raises
    ------
    StorageError
        If it cannot be written down: then nothing is shown.
    """
    what = POLICIES[at].looks_at if isinstance(at, Policy) else at
    if what is not None:
        services.looks.saw(viewer.person.id, patient_ids, what)
