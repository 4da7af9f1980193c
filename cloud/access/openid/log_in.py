"""Sending people to their hospital's log-in and taking them back.

The provider's word is worth what was linked before: an issuer and a subject, linked by the person while they
were signed in here, or by the operator. Nothing else a provider says of somebody makes them anybody here.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode, urlsplit, urlunsplit

import structlog
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from cloud.access.attempts import Attempts
from cloud.access.openid.id_token import Expected, UnknownKeyError, judged
from cloud.access.openid.provider import Places, Provider
from cloud.access.openid.refusals import OpenIdRefusal, OpenIdRefusedError
from cloud.access.openid.roles import RoleMapping
from cloud.access.site import Site
from cloud.access.ways_in import WaysIn
from cloud.ports import (
    SERVICE,
    Attempt,
    Deed,
    Directory,
    Errand,
    Ledger,
    LedgerNote,
    LinkedIdentity,
    LinkedIdentityBook,
    Person,
    Together,
)
from vitals.clock import Clock

__all__ = ["RETURN_PATH", "OpenIdLogIn", "Returned"]

_log = structlog.get_logger(__name__)

RETURN_PATH: Final = "/sign-in/openid/back"
"""Where the provider sends people back to: the one address registered with it."""
_ERRANDS: Final = (Errand.OPENID_SIGN_IN, Errand.OPENID_LINKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What somebody came back from the provider with, as it stood in the address."""

    state: str = ""
    code: str = ""
    issuer: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIdLogIn:
    """The log-in of the hospital called `name`. What changes a link or a role is on the ledger."""

    name: str
    provider: Provider
    attempts: Attempts
    identities: LinkedIdentityBook
    directory: Directory
    ledger: Ledger
    together: Together
    ways_in: WaysIn
    site: Site
    clock: Clock
    roles: RoleMapping | None = None

    @property
    def issuer(self) -> str:
        """Who vouches."""
        return self.provider.client.issuer

    @property
    def redirect_uri(self) -> str:
        """The one address people come back to."""
        return f"{self.site.url}{RETURN_PATH}"

    def begin(self, person: Person | None = None) -> tuple[str, str]:
        """Return a key for the browser and where to send it: to sign in, or to link the identity of `person`.

        Raises
        ------
        OpenIdRefusedError
            If the provider is away or not to be trusted.
        """
        places = self.provider.places()
        errand = Errand.OPENID_SIGN_IN if person is None else Errand.OPENID_LINKED
        key, attempt = self.attempts.begin(errand, None if person is None else person.id)
        return key, self._address(places, attempt)

    def come_back(self, key: str | None, returned: Returned, person: Person | None) -> Person | None:
        """Return who signed in by this; None: the identity of `person`, who is signed in, is linked now.

        Raises
        ------
        OpenIdRefusedError
            If nothing was begun in this browser, or what came of it is not to be trusted, or is nobody's.
        """
        try:
            return self._come_back(key, returned, person)
        except OpenIdRefusedError as error:
            _log.warning("openid.refused", refusal=error.refusal.value, about=error.about)
            raise

    def unlink(self, person: Person) -> bool:
        """Forget who somebody is at the provider; False if that was not known.

        Raises
        ------
        OpenIdRefusedError
            If it is their last way in.
        """
        if not self.is_linked(person):
            return False
        if not self.ways_in.are_left(person.id, without_link=True):
            raise OpenIdRefusedError(OpenIdRefusal.LAST_WAY_IN)
        return self.forget(person)

    def forget(self, person: Person, *, actor: str | None = None) -> bool:
        """Forget the same, whatever ways in they have left: for the operator, who can open others."""
        with self.together():
            was_linked = self.identities.unlink(person.id, self.issuer)
            if was_linked:
                self._note(person, "openid-unlinked", actor)
        return was_linked

    def link(self, person: Person, subject: str, *, actor: str | None = None) -> None:
        """Have the provider's word about a subject be good for a person.

        Raises
        ------
        OpenIdRefusedError
            If it is good for somebody already, or the person is linked.
        """
        link = LinkedIdentity(
            issuer=self.issuer, subject=subject, person_id=person.id, linked_ms=self.clock.wall_ms()
        )
        with self.together():
            if not self.identities.link(link):
                raise OpenIdRefusedError(OpenIdRefusal.LINKED_ALREADY)
            self._note(person, "openid-linked", actor)

    def is_linked(self, person: Person) -> bool:
        """Tell whether somebody may come in this way."""
        return any(each.issuer == self.issuer for each in self.identities.links_of(person.id))

    def _come_back(self, key: str | None, returned: Returned, person: Person | None) -> Person | None:
        attempt = self.attempts.end(key, *_ERRANDS)
        if attempt is None or not hmac.compare_digest(_state(attempt).encode(), _bytes(returned.state)):
            raise OpenIdRefusedError(OpenIdRefusal.OVER, "state")
        if returned.error is not None:
            raise OpenIdRefusedError(OpenIdRefusal.CANCELLED)
        claims = self._claims(attempt, returned)
        if attempt.errand is Errand.OPENID_SIGN_IN:
            return self._known(claims)
        if person is None or person.id != attempt.person_id:
            raise OpenIdRefusedError(OpenIdRefusal.OVER, "person")
        self.link(person, claims["sub"])
        return None

    def _claims(self, attempt: Attempt, returned: Returned) -> Mapping[str, Any]:
        self._refuse_mix_up(returned.issuer)
        token = self.provider.id_token(returned.code, self.redirect_uri, attempt.verifier)
        client, now_s = self.provider.client, self.clock.wall_ms() // 1000
        expected = Expected(issuer=client.issuer, client_id=client.client_id, nonce=attempt.nonce)
        try:
            return judged(token, self.provider.keys(), expected, now_s)
        except UnknownKeyError:
            return judged(token, self.provider.keys(anew=True), expected, now_s)

    def _refuse_mix_up(self, issuer: str | None) -> None:
        """Refuse an answer of another provider's (RFC 9207)."""
        is_told = self.provider.places().authorization_response_iss_parameter_supported
        if issuer != self.issuer and (issuer is not None or is_told):
            raise OpenIdRefusedError(OpenIdRefusal.NOT_TRUSTED, "iss")

    def _known(self, claims: Mapping[str, Any]) -> Person:
        link = self.identities.linked(self.issuer, claims["sub"])
        person = None if link is None else self.directory.person(link.person_id)
        if person is None:
            raise OpenIdRefusedError(OpenIdRefusal.NOT_LINKED)
        role = person.role if self.roles is None else self.roles.role_of(person, claims)
        with self.together():
            self.identities.note_link_used(self.issuer, claims["sub"], self.clock.wall_ms())
            if role is not person.role:
                self.directory.add_person(replace(person, role=role))
                self._note(person, "role-by-openid", SERVICE, role=role.value)
        return replace(person, role=role)

    def _address(self, places: Places, attempt: Attempt) -> str:
        client, parts = self.provider.client, urlsplit(places.authorization_endpoint)
        asked = urlencode(
            {
                "response_type": "code",
                "client_id": client.client_id,
                "redirect_uri": self.redirect_uri,
                "scope": " ".join(client.scopes),
                "state": _state(attempt),
                "nonce": attempt.nonce,
                "code_challenge": create_s256_code_challenge(attempt.verifier),
                "code_challenge_method": "S256",
            }
        )
        query = f"{parts.query}&{asked}" if parts.query else asked
        return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))

    def _note(self, person: Person, what: str, actor: str | None = None, **more: str) -> None:
        self.ledger.append(
            LedgerNote(
                t_ms=self.clock.wall_ms(),
                deed=Deed.ACCOUNT_CHANGED,
                actor=actor or person.id,
                about={"person": person.id, "what": what, **more},
            )
        )


def _state(attempt: Attempt) -> str:
    return attempt.challenge.hex()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
