"""What authenticators answer, judged by the library `webauthn` and by what it leaves to its user.

The library compares a key's count before it has looked at the signature: whoever knows a passkey's id could
have it taken for copied. So it is told of no count here; counts are compared once the answer is known to be
the key's.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, TypeVar

from webauthn import verify_authentication_response, verify_registration_response
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import (
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import AuthenticationCredential
from webauthn.registration.verify_registration_response import VerifiedRegistration

from cloud.access.site import Site
from cloud.ports import Passkey
from vitals.errors import AccessDeniedError

__all__ = ["Credential", "PasskeyRefusal", "PasskeyRefusedError", "created", "presented", "verified"]

Credential = Mapping[str, Any]
"""A PublicKeyCredential as `toJSON()` makes one of it in a browser."""
T = TypeVar("T")

_LONGEST_ID_BYTES: Final = 1_023  # WebAuthn Level 3, section 4, "Credential ID"
_NEVER_SAID: Final = (
    WebAuthnException,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What the library raises over what no authenticator ever said."""


class PasskeyRefusal(StrEnum):
    """Why a passkey opens nothing, or is not kept."""

    NO_DOMAIN = "no-domain"
    OVER = "over"
    NOT_KNOWN = "not-known"
    COPIED = "copied"
    KNOWN_ALREADY = "known-already"
    TOO_MANY = "too-many"
    LAST_WAY_IN = "last-way-in"


class PasskeyRefusedError(AccessDeniedError):
    """A passkey is not taken; `refusal` says why, and no more than may be told."""

    def __init__(self, refusal: PasskeyRefusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


def created(credential: Credential, challenge: bytes, site: Site) -> VerifiedRegistration:
    """Return the new passkey in an authenticator's answer to `challenge`.

    Raises
    ------
    PasskeyRefusedError
        If it is no such answer, or not one given to a page of this site by a person who was verified.
    """

    def judged() -> VerifiedRegistration:
        answer = parse_registration_credential_json(dict(credential))
        _refuse_frames(answer.response.client_data_json)
        return verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=str(site.passkey_domain),
            expected_origin=site.origin,
            require_user_verification=True,
        )

    new = _judged(judged)
    if len(new.credential_id) > _LONGEST_ID_BYTES:
        raise PasskeyRefusedError(PasskeyRefusal.NOT_KNOWN)
    return new


def presented(credential: Credential) -> AuthenticationCredential:
    """Return what an authenticator presents, not yet to be believed.

    Raises
    ------
    PasskeyRefusedError
        If it cannot be read.
    """
    return _judged(lambda: parse_authentication_credential_json(dict(credential)))


def verified(
    answer: AuthenticationCredential, challenge: bytes, passkey: Passkey, site: Site
) -> VerifiedAuthentication:
    """Return what an authenticator says, now known to come from `passkey` in answer to `challenge`.

    Raises
    ------
    PasskeyRefusedError
        If it does not, or was not given to a page of this site, or by nobody who was verified.
    """

    def judged() -> VerifiedAuthentication:
        _refuse_frames(answer.response.client_data_json)
        return verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=str(site.passkey_domain),
            expected_origin=site.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )

    if answer.response.user_handle != passkey.handle:
        raise PasskeyRefusedError(PasskeyRefusal.NOT_KNOWN)
    return _judged(judged)


def _judged(judge: Callable[[], T]) -> T:
    try:
        return judge()
    except _NEVER_SAID:
        raise PasskeyRefusedError(PasskeyRefusal.NOT_KNOWN) from None


def _refuse_frames(client_data: bytes) -> None:
    """Refuse what was answered to a page of ours inside another site's."""
    if parse_client_data_json(client_data).cross_origin:
        raise PasskeyRefusedError(PasskeyRefusal.NOT_KNOWN)
