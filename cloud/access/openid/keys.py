"""The keys a provider publishes: of them, the public halves of key pairs that sign. A secret is never one."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, KeySet, RSAKey
from joserfc.util import base64_to_int

from cloud.access.openid.refusals import OpenIdRefusal, OpenIdRefusedError

__all__ = ["key_set"]

_NAMED: Final = ("kty", "kid", "alg")
_PUBLIC: Final[Mapping[str, tuple[type[RSAKey] | type[ECKey], tuple[str, ...]]]] = MappingProxyType(
    {"RSA": (RSAKey, ("n", "e")), "EC": (ECKey, ("crv", "x", "y"))}
)
_RSA_BITS: Final = range(2_048, 8_193)
_CURVES: Final = frozenset({"P-256", "P-384", "P-521"})


def key_set(published: Iterable[Mapping[str, Any]]) -> KeySet:
    """Return those of a provider's keys that its signatures may be verified with.

    Raises
    ------
    OpenIdRefusedError
        If there is none.
    """
    keys = [key for each in published if (key := _key(each)) is not None]
    if not keys:
        raise OpenIdRefusedError(OpenIdRefusal.NOT_TRUSTED, "no key")
    return KeySet(keys)


def _key(published: Mapping[str, Any]) -> Key | None:
    kind, fields = _PUBLIC.get(str(published.get("kty")), (None, ()))
    if kind is None or published.get("use", "sig") != "sig":
        return None
    told = {name: published[name] for name in (*_NAMED, *fields) if isinstance(published.get(name), str)}
    try:
        return kind.import_key(told) if _is_strong(told) else None
    except (JoseError, ArithmeticError, LookupError, TypeError, ValueError):
        return None


def _is_strong(told: Mapping[str, str]) -> bool:
    return told.get("crv") in _CURVES or base64_to_int(told["n"]).bit_length() in _RSA_BITS
