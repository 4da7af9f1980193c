"""Letting somebody in, beside a service that may be running or not."""

from collections.abc import Iterable

from cloud.access.site import site
from cloud.bootstrap.access import sessions_over, sharing_over
from cloud.config import CloudSettings
from cloud.ports import OPERATOR, Person
from cloud.storage.relational.opening import open_relational

__all__ = ["invite"]


def invite(settings: CloudSettings, person: Person, patient_ids: Iterable[str]) -> str:
    """Let a person see patients from now on, and return the address of their one-time sign-in link."""
    clock = settings.clock.clock()
    relational = open_relational(settings.database_url, keys=settings.key_place())
    try:
        relational.directory.add_person(person)
        sharing = sharing_over(relational, clock)
        for patient_id in patient_ids:
            sharing.give(patient_id, person_id=person.id, by=OPERATOR)
        token = sessions_over(relational, clock).invite(person.id)
    finally:
        relational.close()
    return f"{site(settings.http.public_url).url}/sign-in?token={token}"
