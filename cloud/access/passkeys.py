"""Passkeys: added by who is signed in, and signed in with, without a name typed or a password kept.

A person is always verified by their own device (finger, face or PIN), so a passkey is two factors in one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog
from webauthn import generate_authentication_options, generate_registration_options
from webauthn.helpers import options_to_json_dict
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from cloud.access.attempts import LIFE_MS, Attempts
from cloud.access.passkey_answers import (
    Credential,
    PasskeyRefusal,
    PasskeyRefusedError,
    created,
    presented,
    verified,
)
from cloud.access.site import Site
from cloud.access.ways_in import WaysIn
from cloud.ports import (
    SERVICE,
    Attempt,
    Deed,
    Errand,
    Ledger,
    LedgerNote,
    Passkey,
    PasskeyBook,
    Person,
    Together,
)
from vitals.clock import Clock

__all__ = ["MOST_PASSKEYS", "Passkeys"]

_log = structlog.get_logger(__name__)

MOST_PASSKEYS: Final = 20
_VERIFIED: Final = UserVerificationRequirement.REQUIRED


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkeys:
    """Everybody's passkeys. What changes one is on the ledger, or did not happen."""

    book: PasskeyBook
    attempts: Attempts
    ledger: Ledger
    together: Together
    ways_in: WaysIn
    end_sessions: Callable[[str], object]
    site: Site
    clock: Clock

    @property
    def is_possible(self) -> bool:
        """Whether people reach this service under a name: passkeys belong to a name, never to a number."""
        return self.site.passkey_domain is not None

    def of(self, person: Person) -> Sequence[Passkey]:
        """Return somebody's passkeys, oldest first."""
        return self.book.passkeys_of(person.id)

    def offer(self, person: Person) -> tuple[str, dict[str, Any]]:
        """Return a key for the browser, and what it creates a passkey with.

        Raises
        ------
        PasskeyRefusedError
            If there is no name it could belong to, or they have plenty.
        """
        domain, known = self._domain(), self.of(person)
        if len(known) >= MOST_PASSKEYS:
            raise PasskeyRefusedError(PasskeyRefusal.TOO_MANY)
        handle = known[0].handle.decode() if known else None
        key, attempt = self.attempts.begin(Errand.PASSKEY_ADDED, person.id, nonce=handle)
        options = generate_registration_options(
            rp_id=domain,
            rp_name="Carewire",
            user_name=person.display_name,
            user_id=attempt.nonce.encode(),
            challenge=attempt.challenge,
            timeout=LIFE_MS,
            attestation=AttestationConveyancePreference.NONE,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_VERIFIED
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=each.id) for each in known],
        )
        return key, options_to_json_dict(options)

    def add(self, person: Person, key: str | None, credential: Credential, label: str) -> Passkey:
        """Keep the passkey that a browser created for what it was offered.

        Raises
        ------
        PasskeyRefusedError
            If nothing was offered to this browser and person in the last minutes, or that is no answer to it.
        """
        attempt = self._ended(key, Errand.PASSKEY_ADDED, person.id)
        new = created(credential, attempt.challenge, self.site)
        passkey = Passkey(
            id=new.credential_id,
            person_id=person.id,
            handle=attempt.nonce.encode(),
            public_key=new.credential_public_key,
            count=new.sign_count,
            label=label,
            added_ms=self.clock.wall_ms(),
            is_synced=new.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
        )
        with self.together():
            if not self.book.add_passkey(passkey):
                raise PasskeyRefusedError(PasskeyRefusal.KNOWN_ALREADY)
            self._note(person.id, person.id, "passkey-added")
        return passkey

    def ask(self) -> tuple[str, dict[str, Any]]:
        """Return a key for the browser, and what it asks for a passkey with: the same for everybody.

        Raises
        ------
        PasskeyRefusedError
            If there is no name that passkeys could belong to.
        """
        domain = self._domain()
        key, attempt = self.attempts.begin(Errand.PASSKEY_SIGN_IN)
        options = generate_authentication_options(
            rp_id=domain, challenge=attempt.challenge, timeout=LIFE_MS, user_verification=_VERIFIED
        )
        return key, options_to_json_dict(options)

    def known(self, key: str | None, credential: Credential) -> str:
        """Return the id of the person whose passkey answered what this browser was asked.

        A key that counts, and has not counted on, has a copy: from then on neither of the two opens anything.

        Raises
        ------
        PasskeyRefusedError
            If nobody's did; nothing but a copy is told apart.
        """
        attempt = self._ended(key, Errand.PASSKEY_SIGN_IN)
        answer = presented(credential)
        passkey = self.book.passkey(answer.raw_id)
        if passkey is None:
            raise PasskeyRefusedError(PasskeyRefusal.NOT_KNOWN)
        said = verified(answer, attempt.challenge, passkey, self.site)
        if passkey.refused_ms is not None or not self._counted(passkey, said.new_sign_count):
            self._refuse(passkey)
            raise PasskeyRefusedError(PasskeyRefusal.COPIED)
        return passkey.person_id

    def remove(self, person: Person, passkey_id: bytes) -> bool:
        """Forget a passkey of somebody's; False if they have none of that id.

        Raises
        ------
        PasskeyRefusedError
            If it is their last way in.
        """
        theirs = self.book.passkey(passkey_id)
        if theirs is None or theirs.person_id != person.id:
            return False
        is_way_in = theirs.refused_ms is None
        if is_way_in and not self.ways_in.are_left(person.id, without_passkey=passkey_id):
            raise PasskeyRefusedError(PasskeyRefusal.LAST_WAY_IN)
        with self.together():
            was_there = self.book.remove_passkey(passkey_id, person.id)
            if was_there:
                self._note(person.id, person.id, "passkey-removed")
        return was_there

    def _counted(self, passkey: Passkey, count: int) -> bool:
        return self.book.note_passkey_used(passkey.id, count, self.clock.wall_ms())

    def _refuse(self, passkey: Passkey) -> None:
        if passkey.refused_ms is not None:
            return
        _log.warning("passkeys.copy_noticed", count=passkey.count)
        with self.together():
            self.book.refuse_passkey(passkey.id, self.clock.wall_ms())
            self.end_sessions(passkey.person_id)  # one of them may be of whoever has the copy
            self._note(SERVICE, passkey.person_id, "passkey-copied")

    def _ended(self, key: str | None, errand: Errand, person_id: str | None = None) -> Attempt:
        self._domain()
        attempt = self.attempts.end(key, errand)
        if attempt is None or attempt.person_id != person_id:
            raise PasskeyRefusedError(PasskeyRefusal.OVER)
        return attempt

    def _domain(self) -> str:
        domain = self.site.passkey_domain
        if domain is None:
            raise PasskeyRefusedError(PasskeyRefusal.NO_DOMAIN)
        return domain

    def _note(self, actor: str, person_id: str, what: str) -> None:
        self.ledger.append(
            LedgerNote(
                t_ms=self.clock.wall_ms(),
                deed=Deed.ACCOUNT_CHANGED,
                actor=actor,
                about={"person": person_id, "what": what},
            )
        )
