"""The channel of e-mail: handed to a mail server, over TLS, one message a person.

The mail server's word is that it will deliver; what comes back from further on (a bounce) is not seen here.
"""

import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formataddr, formatdate
from enum import StrEnum
from html import escape
from typing import Final

from cloud.notifiers.ways import email_address, part
from cloud.ports import Channel, Message, Priority
from vitals.errors import DeliveryError, MessageRefusedError

__all__ = ["EmailNotifier", "MailServer", "Security", "email_of"]

_LONGEST_RECEIPT: Final = 200
_LASTING: Final = 500
_IMPORTANCE: Final = {Priority.HIGH: "high", Priority.MEDIUM: "normal", Priority.LOW: "low"}


class Security(StrEnum):
    """How the connection to the mail server is secured; `NONE` is for one on this machine."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """The mail server that takes messages, and as whom they are sent."""

    host: str
    port: int
    security: Security
    sender: str
    username: str | None = None
    password: str | None = None
    timeout_s: float = 8.0
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailNotifier:
    """Sends one e-mail; the Message-ID is of its key, so that one sent twice shows once."""

    server: MailServer
    channel: Channel = Channel.EMAIL

    def deliver(self, message: Message) -> str | None:
        """Send it; see `cloud.ports.Notifier`."""
        to = None if message.contact is None else message.contact.address.get("to")
        if not isinstance(to, str):
            raise MessageRefusedError("this way has no e-mail address: add it again")
        with _failing_as_ours(), self._connected() as smtp:
            _expect(smtp.mail(self.server.sender), "the sender: correct email.sender")
            _expect(smtp.rcpt(to), "the recipient: correct the address")
            content = email_of(message, to, self.server.sender).as_bytes(policy=SMTP)
            return _expect(smtp.data(content), "the message")

    def checked(self, given: Mapping[str, str]) -> dict[str, object]:
        """Return an address with `to`; see `cloud.notifiers.ways.Way`."""
        return {"to": email_address(part(given, "to"))}

    def masked(self, address: Mapping[str, object]) -> str:
        """Return the first letter and the domain."""
        name, _, domain = str(address.get("to", "")).rpartition("@")
        return f"{name[:1]}…@{domain}"

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        at = self.server
        smtp = (
            smtplib.SMTP_SSL(at.host, at.port, timeout=at.timeout_s, context=at.tls)
            if at.security is Security.TLS
            else smtplib.SMTP(at.host, at.port, timeout=at.timeout_s)
        )
        try:
            if at.security is Security.STARTTLS:
                smtp.starttls(context=at.tls)
            smtp.ehlo_or_helo_if_needed()
            if at.username is not None:
                smtp.login(at.username, at.password or "")
            yield smtp
        finally:
            smtp.close()


def email_of(message: Message, to: str, sender: str) -> EmailMessage:
    """Return the e-mail that says a message: as text and as a simple page, marked as sent by a machine."""
    domain, words = sender.rpartition("@")[2], message.words
    email = EmailMessage(policy=SMTP)
    email["From"] = formataddr(("Carewire", sender))
    email["To"] = to
    email["Subject"] = " ".join(words.subject.split())
    email["Date"] = formatdate()
    email["Message-ID"] = f"<{message.key}@{domain}>"
    email["References"] = f"<alert.{message.alert.id}@{domain}>"
    email["Content-Language"] = words.language
    email["Importance"] = _IMPORTANCE[message.alert.priority]
    email["Auto-Submitted"] = "auto-generated"
    email.set_content(f"{words.body}\n\n{message.url}\n", cte="quoted-printable")
    email.add_alternative(_page(message), subtype="html", cte="quoted-printable")
    return email


def _page(message: Message) -> str:
    words, url = message.words, escape(message.url)
    paragraphs = "".join(f"<p>{escape(part)}</p>\n" for part in words.body.split("\n\n") if part)
    return (
        f'<!doctype html>\n<html lang="{escape(words.language)}"><head><meta charset="utf-8"></head>'
        f'<body>\n{paragraphs}<p><a href="{url}">{url}</a></p>\n</body></html>\n'
    )


@contextmanager
def _failing_as_ours() -> Iterator[None]:
    """Turn what can go wrong into sentences that hold nothing the mail server said: it may name people."""
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        raise MessageRefusedError(
            f"the mail server does not know us ({error.smtp_code}): correct email.username, email.password"
        ) from None
    except smtplib.SMTPNotSupportedError:
        raise MessageRefusedError(
            "the mail server does not offer what email.security or email.username asks for: correct them"
        ) from None
    except ssl.SSLCertVerificationError:
        raise DeliveryError("the mail server's certificate is not to be trusted: see email.ca_file") from None
    except (OSError, smtplib.SMTPException, ValueError) as error:
        if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
            raise DeliveryError("the mail server did not answer in time") from None
        fault = type(error).__name__
        raise DeliveryError(f"the mail server is not reached, or broke off ({fault})") from None


def _expect(reply: tuple[int, bytes], of: str) -> str:
    """Return what the mail server said of what it took, or raise: 4xx passes, 5xx is for good (RFC 5321)."""
    code, said = reply
    if 200 <= code < 300:  # noqa: PLR2004 - the class of success
        return f"{code} {said.decode(errors='replace')}"[:_LONGEST_RECEIPT]
    kind = MessageRefusedError if code >= _LASTING else DeliveryError
    raise kind(f"the mail server refused {of} ({code})")
