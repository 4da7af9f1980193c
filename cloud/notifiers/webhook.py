"""The channel of programs: a signed POST to an address of the person's own.

Whoever knows the secret can tell that it is from here, unaltered and not said again later:
`Carewire-Signature` is `v1=` and the HMAC-SHA256, in hexadecimal, of `Carewire-Timestamp`, a full stop and
the body. A receiver refuses a timestamp more than five minutes off, and a key it has seen does nothing new.
"""

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import msgspec

from cloud.notifiers.http_post import HttpPost, target
from cloud.notifiers.ways import part
from cloud.ports import Channel, Message
from vitals.errors import MessageRefusedError

__all__ = ["WebhookNotifier", "signature"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookNotifier:
    """Posts what a message says as JSON. Any 2xx counts as taken: that the receiver lies cannot be seen."""

    post: HttpPost
    wall_s: Callable[[], float] = time.time
    channel: Channel = Channel.WEBHOOK

    def deliver(self, message: Message) -> str | None:
        """Post it; see `cloud.ports.Notifier`."""
        address = {} if message.contact is None else message.contact.address
        url, secret = address.get("url"), address.get("secret")
        if not isinstance(url, str) or not isinstance(secret, str):
            raise MessageRefusedError("this webhook has no address or no secret: add it again")
        body, stamp = _body(message), str(int(self.wall_s()))
        answer = self.post(
            url,
            body,
            {
                "Content-Type": "application/json",
                "Idempotency-Key": message.key,
                "Carewire-Timestamp": stamp,
                "Carewire-Signature": f"v1={signature(secret, stamp, body)}",
            },
        )
        if not answer.is_taken:
            raise answer.failure()
        return str(answer.status)

    def checked(self, given: Mapping[str, str]) -> dict[str, object]:
        """Return an address with `url`; see `cloud.notifiers.ways.Way`."""
        parts = target(part(given, "url"), self.post.reach)
        self.post.reach.places(str(parts.hostname), parts.port or 443)
        return {"url": parts.geturl()}

    def masked(self, address: Mapping[str, object]) -> str:
        """Return the scheme and the host: the path may be a secret."""
        parts = urlsplit(str(address.get("url", "")))
        return f"{parts.scheme}://{parts.netloc}/…"


def signature(secret: str, stamp: str, body: bytes) -> str:
    """Return the HMAC-SHA256 of a timestamp and a body, in hexadecimal."""
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _body(message: Message) -> bytes:
    alert, words = message.alert, message.words
    return msgspec.json.encode(
        {
            "key": message.key,
            "occasion": message.occasion,
            "step": message.step,
            "subject": words.subject,
            "line": words.line,
            "body": words.body,
            "language": words.language,
            "url": message.url,
            "alert": {
                "id": alert.id,
                "patient_id": alert.patient_id,
                "family": alert.family,
                "priority": alert.priority,
                "state": alert.state,
                "began_ms": alert.began_ms,
                "raised_ms": alert.raised_ms,
                "delayed": alert.delayed,
            },
        }
    )
