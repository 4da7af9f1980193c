"""Where people reach this service, and what follows for cookies and origins."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from vitals.errors import ConfigurationError

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The public address: scheme and host names a browser may use for it."""

    url: str
    scheme: str
    hosts: frozenset[str]

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach it by https."""
        return self.scheme == "https"

    @property
    def origin(self) -> str:
        """What a browser says pages of the public address are from."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}".lower()

    @property
    def passkey_domain(self) -> str | None:
        """The name that passkeys belong to (their relying party's id); None: numbers can have none."""
        name = str(urlsplit(self.url).hostname)
        return None if _is_number(name) else name

    @property
    def cookie_name(self) -> str:
        """A `__Host-` cookie cannot be set by a sibling domain or over plain http."""
        return "__Host-carewire" if self.is_secure else "carewire"

    @property
    def device_cookie_name(self) -> str:
        """What a browser is known again by where somebody signed in on it before."""
        return f"{self.cookie_name}-device"

    @property
    def form_cookie_name(self) -> str:
        """What binds forms to a browser before anybody is signed in."""
        return f"{self.cookie_name}-form"

    def is_own_host(self, host: str) -> bool:
        """Tell whether `host` (as in the Host header, with or without port) is a name of ours."""
        return _name_of(host) in self.hosts

    def is_own_origin(self, origin: str, host: str) -> bool:
        """Tell whether a page of `origin` is a page of ours, asked for under the name `host`."""
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        return parts.scheme == self.scheme and parts.netloc == host and self.is_own_host(host)


def site(public_url: str) -> Site:
    """Return the site people reach at `public_url`.

    Raises
    ------
    ConfigurationError
        If it is no address, or plain http beyond this machine: cookies would travel readable.
    """
    parts = urlsplit(public_url)
    if parts.scheme not in {"http", "https"} or parts.hostname is None:
        raise ConfigurationError(
            f"public URL {public_url!r} is no address people can open: give one like https://care.example.org"
        )
    loopback = parts.hostname in _LOOPBACK
    if parts.scheme == "http" and not loopback:
        raise ConfigurationError(
            f"public URL {public_url!r} is plain http beyond this machine: "
            "put TLS in front of it and give its https address"
        )
    return Site(
        url=public_url.rstrip("/"),
        scheme=parts.scheme,
        hosts=_LOOPBACK | {parts.hostname},  # a browser reaches loopback names nowhere but here
    )


def _is_number(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _name_of(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
