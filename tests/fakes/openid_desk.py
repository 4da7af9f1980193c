"""The log-in of a hospital as a service has it, before a provider on this machine."""

import ssl
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import pytest

from cloud.access.attempts import Attempts
from cloud.access.openid.log_in import OpenIdLogIn, Returned
from cloud.access.openid.provider import Client, Provider
from cloud.access.openid.refusals import OpenIdRefusal, OpenIdRefusedError
from cloud.access.openid.roles import RoleMapping
from cloud.access.site import site
from cloud.access.ways_in import WaysIn
from cloud.notifiers.http_post import HttpPost
from cloud.notifiers.reach import Reach
from cloud.ports import Deed, LinkedIdentity, Person
from tests.fakes.clock import FakeClock
from tests.fakes.cloud_services import ADMIN, CARER, DOCTOR, OWNER, CountedRandomness
from tests.fakes.directory import FakeDirectory
from tests.fakes.identity_provider import CLIENT_ID, SECRET, FakeIdentityProvider
from tests.fakes.ledger import FakeLedger
from tests.fakes.sign_in_ways import FakeSignInWays

TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Nothing is spoken over it here: to read what the system trusts for every test would take seconds."""
NEAR = Reach(private_hosts=frozenset({"127.0.0.1"}))


@dataclass(slots=True)
class Desk:
    """The log-in of a service whose provider is a fake one on this machine."""

    hospital: FakeIdentityProvider
    clock: FakeClock
    ways: FakeSignInWays = field(default_factory=FakeSignInWays)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    directory: FakeDirectory = field(default_factory=FakeDirectory)
    reach: Reach = NEAR
    roles: RoleMapping | None = None
    has_password: bool = False
    issuer: str | None = None
    secret: str | None = SECRET

    def __post_init__(self) -> None:
        for person in (CARER, DOCTOR, OWNER, ADMIN):
            self.directory.add_person(person)

    def open(self) -> OpenIdLogIn:
        issuer = self.issuer or self.hospital.issuer
        return OpenIdLogIn(
            name="St Mary's",
            provider=Provider(
                client=Client(issuer=issuer, client_id=CLIENT_ID, secret=self.secret),
                exchange=HttpPost(reach=self.reach, timeout_s=5.0, tls=TLS).exchange,
                monotonic_s=self.clock.monotonic_s,
            ),
            attempts=Attempts(
                book=self.ways.attempts, clock=self.clock, randomness=CountedRandomness("openid")
            ),
            identities=self.ways.linked_identities,
            directory=self.directory,
            ledger=self.ledger,
            together=nullcontext,
            ways_in=WaysIn(
                passkeys=self.ways.passkeys,
                identities=self.ways.linked_identities,
                issuer=issuer,
                has_password=lambda _: self.has_password,
            ),
            site=site("http://localhost:8080"),
            clock=self.clock,
            roles=self.roles,
        )

    def link(self, person: Person = DOCTOR, subject: str = "staff-7") -> None:
        self.ways.linked_identities.link(
            LinkedIdentity(issuer=self.hospital.issuer, subject=subject, person_id=person.id, linked_ms=0)
        )

    def came_back(self, log_in: OpenIdLogIn, person: Person | None = None, **changes: Any) -> Person | None:
        """Go to the provider and return, with what is changed on the way back."""
        key, address = log_in.begin(person)
        return log_in.come_back(key, returned(self.hospital.log_in(address) | changes), person)

    def told(self) -> list[dict[str, str]]:
        return [dict(note.about) for note in self.ledger.of(Deed.ACCOUNT_CHANGED)]


def returned(query: dict[str, Any]) -> Returned:
    return Returned(
        state=query["state"], code=query.get("code", ""), issuer=query.get("iss"), error=query.get("error")
    )


def refused(act: Callable[[], object]) -> tuple[OpenIdRefusal, str]:
    with pytest.raises(OpenIdRefusedError) as caught:
        act()
    return caught.value.refusal, caught.value.about
