"""What a provider signed, judged: by and for whom, in answer to what, when (OpenID Connect Core 3.1.3.7).

The library `joserfc` reads and verifies; the algorithms are those of key pairs alone, so that nothing a
provider publishes is ever taken for a secret.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import BadSignatureError, ClaimError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from cloud.access.openid.refusals import OpenIdRefusal, OpenIdRefusedError

__all__ = ["ALGORITHMS", "Expected", "UnknownKeyError", "judged"]

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
LEEWAY_S: Final = 60
OLDEST_S: Final = 600
"""How long ago a token may have been made: it is fetched the moment it is."""
_LONGEST_SUBJECT: Final = 255  # OpenID Connect Core 2, "sub"


class UnknownKeyError(OpenIdRefusedError):
    """It names a key that the provider had not published when last asked: ask again, it may be new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a token must say."""

    issuer: str
    client_id: str
    nonce: str


def judged(token: str, keys: KeySet, expected: Expected, now_s: int) -> Mapping[str, Any]:
    """Return what a token says, now known to be of this issuer, for us, in answer to this nonce.

    Raises
    ------
    UnknownKeyError
        If none of `keys` is the one it names.
    OpenIdRefusedError
        If it is not to be trusted.
    """
    claims = _verified(token, keys)
    registry = JWTClaimsRegistry(
        now=now_s,
        leeway=LEEWAY_S,
        iss={"essential": True, "value": expected.issuer},
        aud={"essential": True, "value": expected.client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        registry.validate(claims)
    except ClaimError as error:
        raise _not_trusted(error.claim) from None
    _refuse_others(claims, expected, now_s)
    return claims


def _verified(token: str, keys: KeySet) -> dict[str, Any]:
    try:
        return jwt.decode(token, keys, algorithms=ALGORITHMS).claims
    except InvalidKeyIdError:
        raise UnknownKeyError(OpenIdRefusal.NOT_TRUSTED, "key") from None
    except BadSignatureError:
        raise _not_trusted("signature") from None
    except (JoseError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        raise _not_trusted("token") from None


def _refuse_others(claims: Mapping[str, Any], expected: Expected, now_s: int) -> None:
    """Refuse what the registry does not know of: another's token, another answer, an old one."""
    audience, party = claims["aud"], claims.get("azp")
    if isinstance(audience, list) and len(audience) > 1 and party is None:
        raise _not_trusted("azp")
    if party is not None and party != expected.client_id:
        raise _not_trusted("azp")
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), expected.nonce.encode()):
        raise _not_trusted("nonce")
    if claims["iat"] < now_s - OLDEST_S:
        raise _not_trusted("iat")
    if len(claims["sub"]) > _LONGEST_SUBJECT:
        raise _not_trusted("sub")


def _not_trusted(about: str) -> OpenIdRefusedError:
    return OpenIdRefusedError(OpenIdRefusal.NOT_TRUSTED, about)
