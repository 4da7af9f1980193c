"""The channel of everything that Apprise speaks: SMS, Telegram, ntfy, Signal and a hundred others.

An Apprise URL is a secret, and can do more than send: what would act on this machine, read its files or
speak to its network is refused. Apprise says that something was taken, or not, but never why, nor by
which name: a message that was sent twice arrives twice.
"""

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from apprise import Apprise, AppriseAsset, NotifyBase, NotifyType

from cloud.notifiers.reach import Reach
from cloud.notifiers.ways import part
from cloud.ports import Channel, Message, Priority
from vitals.errors import DeliveryError, MessageRefusedError

__all__ = ["AppriseNotifier", "scheme_of"]

_ON_THIS_MACHINE: Final = frozenset(
    {
        "blink1",
        "dbus",
        "deltachat",
        "deltachats",
        "gio",
        "glib",
        "gnome",
        "kde",
        "macosx",
        "qt",
        "syslog",
        "windows",
    }
)
"""What shows, writes or runs something here."""
_DONE_BETTER: Final = {"mailto": "e-mail", "mailtos": "e-mail", "vapid": "Web Push"}
"""What would read this machine's settings or files, and has a channel of its own."""
_PARAMETERS_REFUSED: Final = frozenset(
    {"attach", "attach-as", "cto", "file_url", "keyfile", "redirect", "retry", "rto", "store", "subfile"}
    | {"template", "verify", "wait"}
)
"""What names a file here, lets TLS be anybody's, or stretches the deadline."""
_NAMES_A_FILE: Final = re.compile(r"^\s*(/|~|\.{1,2}/|file:)", re.IGNORECASE)
_TYPES: Final[Mapping[Priority, NotifyType]] = {
    Priority.HIGH: NotifyType.FAILURE,
    Priority.MEDIUM: NotifyType.WARNING,
    Priority.LOW: NotifyType.INFO,
}


def scheme_of(url: str) -> str:
    """Return the one part of an Apprise URL that may be shown."""
    scheme = urlsplit(url).scheme
    return scheme if scheme.isalnum() else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppriseNotifier:
    """Sends the line of a message, and where to read on. `schemes`, if any, are all that is allowed."""

    reach: Reach
    schemes: frozenset[str] = frozenset()
    timeout_s: float = 8.0
    channel: Channel = Channel.APPRISE

    def deliver(self, message: Message) -> None:
        """Send it; see `cloud.ports.Notifier`."""
        service = self.service(str({} if message.contact is None else message.contact.address.get("url", "")))
        words = message.words
        with _quiet():
            taken = service.notify(
                title=words.subject,
                body=f"{words.line}\n{message.url}",
                notify_type=_TYPES[message.alert.priority],
            )
        if not taken:
            raise DeliveryError("the service behind the Apprise URL has not taken it: check the URL")

    def checked(self, given: Mapping[str, str]) -> dict[str, object]:
        """Return an address with `url`; see `cloud.notifiers.ways.Way`."""
        url = part(given, "url")
        self.service(url)
        return {"url": url}

    def masked(self, address: Mapping[str, object]) -> str:
        """Return the scheme: anything else may be a secret."""
        return f"{scheme_of(str(address.get('url', '')))}://…"

    def service(self, url: str) -> NotifyBase:
        """Return the service that an Apprise URL names.

        Raises
        ------
        MessageRefusedError
            If it names none, or one that may not be used.
        DeliveryError
            If its host cannot be found now.
        """
        self._check(url)
        with _quiet():
            service = Apprise.instantiate(url, asset=_asset())
        if not isinstance(service, NotifyBase):
            raise MessageRefusedError("the Apprise URL names no service: correct it as Apprise documents it")
        if "host" in service.template_tokens and isinstance(service.host, str) and service.host:
            self.reach.places(service.host, service.port or 443)
        service.socket_connect_timeout = service.socket_read_timeout = self.timeout_s
        return service

    def _check(self, url: str) -> None:
        scheme = scheme_of(url).lower()
        if scheme in _ON_THIS_MACHINE or (self.schemes and scheme not in self.schemes):
            raise MessageRefusedError(f"Apprise URLs of {scheme or 'this kind'} are not allowed here")
        if scheme in _DONE_BETTER:
            raise MessageRefusedError(f"add {_DONE_BETTER[scheme]} as what it is, not as an Apprise URL")
        for name, value in parse_qsl(urlsplit(url).query, keep_blank_values=True):
            is_refused = name.lower() in _PARAMETERS_REFUSED or name.lower().startswith(("pgp", "pem"))
            if is_refused or _NAMES_A_FILE.match(value):
                raise MessageRefusedError("a parameter of the Apprise URL is not allowed here: take it out")


@cache
def _asset() -> AppriseAsset:
    """Return how Apprise is to behave: no redirect, nothing kept on the disk, no file read."""
    return AppriseAsset(
        app_id="Carewire",
        app_desc="Carewire",
        http_redirects=False,
        async_mode=False,
        storage_mode="memory",
        pgp_autogen=False,
        pem_autogen=False,
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what Apprise logs out of ours: it may hold addresses and what was said."""
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    yield
