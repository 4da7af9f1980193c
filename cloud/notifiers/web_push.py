"""The channel of browsers that are closed: Web Push (RFC 8030), sealed for the browser (RFC 8291).

The push service learns when, how urgent and for which browser, but not what: only the browser can read it.
"""

import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from http import HTTPStatus
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

import msgspec
from pywebpush import WebPusher, WebPushException

from cloud.notifiers.http_post import Answer, HttpPost, target
from cloud.notifiers.vapid import VapidKey
from cloud.notifiers.ways import part
from cloud.ports import Channel, Message, Priority
from vitals.errors import ContactGoneError, MessageRefusedError

__all__ = ["MOST_PLAIN_BYTES", "WebPushNotifier", "plain", "sealed"]

MOST_PLAIN_BYTES: Final = 3_993
"""What fits, sealed, into the 4,096 bytes that every push service takes (RFC 8291 section 4)."""
_LONGEST_TITLE: Final = 100
_LONGEST_LINE: Final = 320
_LONGEST_URL: Final = 1_000
_LONGEST_RECEIPT: Final = 64
_TOPIC_BYTES: Final = 16
_TOKEN_LASTS_S: Final = 12 * 3_600
"""At most 24 hours (RFC 8292 section 2), less what clocks differ by."""
_GONE: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Haste:
    """How long the push service keeps a message for a browser that is not there, and whether it wakes it."""

    ttl_s: int
    urgency: str


_HASTE: Final[Mapping[Priority, _Haste]] = MappingProxyType(
    {
        Priority.HIGH: _Haste(ttl_s=86_400, urgency="high"),
        Priority.MEDIUM: _Haste(ttl_s=43_200, urgency="normal"),
        Priority.LOW: _Haste(ttl_s=14_400, urgency="low"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebPushNotifier:
    """Posts to the push service of each browser; `subject` is whom that may write to, `mailto:` or https."""

    post: HttpPost
    key: VapidKey
    subject: str
    wall_s: Callable[[], float] = time.time
    channel: Channel = Channel.WEB_PUSH

    def deliver(self, message: Message) -> str | None:
        """Push it; see `cloud.ports.Notifier`."""
        address = {} if message.contact is None else message.contact.address
        endpoint = str(address.get("endpoint", ""))
        parts = target(endpoint, self.post.reach)
        haste, until_s = _HASTE[message.alert.priority], int(self.wall_s()) + _TOKEN_LASTS_S
        answer = self.post(
            endpoint,
            sealed(plain(message), address),
            {
                "Content-Type": "application/octet-stream",
                "Content-Encoding": "aes128gcm",
                "TTL": str(haste.ttl_s),
                "Urgency": haste.urgency,
                "Topic": _topic(message),
                "Authorization": self.key.authorization(
                    f"{parts.scheme}://{parts.netloc}", self.subject, until_s
                ),
            },
        )
        return _receipt(answer)

    def checked(self, given: Mapping[str, str]) -> dict[str, object]:
        """Return an address with `endpoint`, `p256dh` and `auth`; see `cloud.notifiers.ways.Way`."""
        address: dict[str, object] = {name: part(given, name) for name in ("endpoint", "p256dh", "auth")}
        parts = target(str(address["endpoint"]), self.post.reach)
        self.post.reach.places(str(parts.hostname), parts.port or 443)
        sealed(b"-", address)
        return address

    def masked(self, address: Mapping[str, object]) -> str:
        """Return the host of the push service: the rest of the endpoint is a secret."""
        return urlsplit(str(address.get("endpoint", ""))).hostname or ""


def sealed(plain: bytes, address: Mapping[str, object]) -> bytes:
    """Return a message that only the browser of a subscription can read.

    Raises
    ------
    MessageRefusedError
        If its keys are none.
    """
    keys = {name: str(address.get(name, "")) for name in ("p256dh", "auth")}
    browser = {"endpoint": str(address.get("endpoint")), "keys": keys}
    try:
        body: bytes = WebPusher(browser).encode(plain)["body"]
    except (WebPushException, ValueError, TypeError, IndexError, KeyError):
        raise MessageRefusedError("the browser's keys are not valid: have it subscribe again") from None
    return body


def _receipt(answer: Answer) -> str | None:
    if answer.status in _GONE:
        raise ContactGoneError("the browser has unsubscribed: allow notifications in it again")
    if not answer.is_taken:
        raise answer.failure()
    return answer.location and answer.location.rpartition("/")[2][:_LONGEST_RECEIPT]


def _topic(message: Message) -> str:
    """Name what a newer message about the same alert takes the place of (RFC 8030 section 5.4)."""
    digest = blake2b(message.alert.id.encode(), digest_size=_TOPIC_BYTES).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def plain(message: Message) -> bytes:
    """Say what a page's service worker shows; long words are cut so that it always fits."""
    words = message.words
    return msgspec.json.encode(
        {
            "key": message.key,
            "tag": _topic(message),
            "title": words.subject[:_LONGEST_TITLE],
            "body": words.line[:_LONGEST_LINE],
            "language": words.language,
            "priority": message.alert.priority,
            "occasion": message.occasion,
            "url": message.url[:_LONGEST_URL],
        }
    )
