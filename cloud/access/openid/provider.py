"""Where a provider is and by which keys it signs: its own documents say so, and are asked again with age.

Whatever address such a document names is spoken to under the rules of `cloud.notifiers.reach`, as its own is:
a provider that lies leads nowhere near.
"""

import threading
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeVar
from urllib.parse import quote, urlencode

import msgspec
from joserfc.jwk import KeySet

from cloud.access.openid.keys import key_set
from cloud.access.openid.refusals import OpenIdRefusal, OpenIdRefusedError
from cloud.notifiers.http_post import Answer
from vitals.errors import DeliveryError, MessageRefusedError

__all__ = ["Client", "Exchange", "Places", "Provider"]

AGES_S: Final = 3_600.0
"""How long a document is believed without asking again."""
KEYS_REST_S: Final = 30.0
"""How soon keys are asked for again for the sake of one not known: it may be new, it may be made up."""
MOST_AT_ONCE: Final = 4
_SERVER_ERROR: Final = 500
_FORM: Final = "application/x-www-form-urlencoded"
T = TypeVar("T")


class Exchange(Protocol):
    """One HTTP request to where it may go; see `cloud.notifiers.http_post.HttpPost.exchange`."""

    def __call__(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        """Make it, and return what was answered."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Who we are to the provider that `issuer` names, exactly as it names itself."""

    issuer: str
    client_id: str
    secret: str | None = field(default=None, repr=False)
    scopes: tuple[str, ...] = ("openid",)


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider's discovery document says that matters here (OpenID Connect Discovery 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class _Keys(msgspec.Struct):
    keys: list[dict[str, Any]]


class _Tokens(msgspec.Struct):
    id_token: str


@dataclass(slots=True, kw_only=True)
class Provider:
    """A provider, asked in its own words. May be used from any thread; few wait for it at once."""

    client: Client
    exchange: Exchange
    monotonic_s: Callable[[], float]
    _places: tuple[float, Places] | None = None
    _keys: tuple[float, KeySet] | None = None
    _room: threading.BoundedSemaphore = field(
        default_factory=lambda: threading.BoundedSemaphore(MOST_AT_ONCE)
    )

    def places(self) -> Places:
        """Return where the provider's parts are.

        Raises
        ------
        OpenIdRefusedError
            If it is away, too many ask already, or it is not who it should be.
        """
        if self._places is None or self.monotonic_s() - self._places[0] >= AGES_S:
            url = f"{self.client.issuer.rstrip('/')}/.well-known/openid-configuration"
            found = self._read(self._asked("GET", url), Places)
            if found.issuer != self.client.issuer:
                raise OpenIdRefusedError(OpenIdRefusal.NOT_TRUSTED, "issuer of the document")
            if not found.authorization_endpoint.startswith(self._schemes()):
                raise OpenIdRefusedError(OpenIdRefusal.NOT_TRUSTED, "authorization_endpoint")
            self._places = self.monotonic_s(), found
        return self._places[1]

    def keys(self, *, anew: bool = False) -> KeySet:
        """Return the keys it signs by; `anew` asks again, if it was not asked just now.

        Raises
        ------
        OpenIdRefusedError
            If it is away, too many ask already, or publishes no key that could be trusted.
        """
        oldest_s = KEYS_REST_S if anew else AGES_S
        if self._keys is None or self.monotonic_s() - self._keys[0] >= oldest_s:
            found = self._read(self._asked("GET", self.places().jwks_uri), _Keys)
            self._keys = self.monotonic_s(), key_set(found.keys)
        return self._keys[1]

    def id_token(self, code: str, redirect_uri: str, verifier: str) -> str:
        """Exchange the code somebody came back with for what the provider signed about them.

        Raises
        ------
        OpenIdRefusedError
            If the provider is away, or knows of no such code.
        """
        places = self.places()
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        headers, proof = self._proof(places)
        body = urlencode(fields | proof).encode()
        answer = self._asked("POST", places.token_endpoint, body, {"Content-Type": _FORM, **headers})
        return self._read(answer, _Tokens).id_token

    def _proof(self, places: Places) -> tuple[dict[str, str], dict[str, str]]:
        """Return the header and the fields that say who we are (RFC 6749 section 2.3.1)."""
        client_id, secret = self.client.client_id, self.client.secret
        if secret is None:
            return {}, {"client_id": client_id}
        if "client_secret_basic" in places.token_endpoint_auth_methods_supported:
            pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}".encode()
            return {"Authorization": f"Basic {b64encode(pair).decode()}"}, {}
        return {}, {"client_id": client_id, "client_secret": secret}

    def _asked(
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        with self._place_in_line():
            try:
                answer = self.exchange(method, url, body, {"Accept": "application/json", **(headers or {})})
            except MessageRefusedError:
                raise OpenIdRefusedError(OpenIdRefusal.NOT_TRUSTED, "address") from None
            except DeliveryError:
                raise OpenIdRefusedError(OpenIdRefusal.AWAY, "no answer") from None
        if not answer.is_taken:
            refusal = OpenIdRefusal.AWAY if answer.status >= _SERVER_ERROR else OpenIdRefusal.NOT_TRUSTED
            raise OpenIdRefusedError(refusal, f"status {answer.status}")
        return answer

    @contextmanager
    def _place_in_line(self) -> Iterator[None]:
        """Let few wait for the provider: one that is slow keeps no thread from those who do not need it."""
        if not self._room.acquire(blocking=False):
            raise OpenIdRefusedError(OpenIdRefusal.BUSY)
        try:
            yield
        finally:
            self._room.release()

    def _schemes(self) -> tuple[str, ...]:
        return ("https://",) if self.client.issuer.startswith("https://") else ("https://", "http://")

    @staticmethod
    def _read(answer: Answer, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except (msgspec.DecodeError, RecursionError, UnicodeError):
            raise OpenIdRefusedError(OpenIdRefusal.NOT_TRUSTED, "document") from None
