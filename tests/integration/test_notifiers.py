"""Each channel against a real receiver: a mail server, a webhook, a push service, what Apprise speaks to."""

import ssl
import time
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default as modern
from pathlib import Path

import pytest

from cloud.notifiers.apprise import AppriseNotifier
from cloud.notifiers.http_post import HttpPost
from cloud.notifiers.mail import EmailNotifier, MailServer, Security
from cloud.notifiers.reach import Reach
from cloud.notifiers.vapid import VapidKey
from cloud.notifiers.web_push import WebPushNotifier
from cloud.notifiers.webhook import WebhookNotifier, signature
from cloud.ports import Channel, ContactPoint, Notifier, Priority
from tests.contracts.notifiers import SITE, VALUE, NotifierContract, Received, Stand, message, way
from tests.fakes.authority import Authority
from tests.fakes.receivers import (
    PASSWORD,
    Browser,
    HttpReceiver,
    MailReceiver,
    http_receiver,
    mail_receiver,
    plain_mail_receiver,
    vapid_claims,
)
from vitals.errors import ChannelBusyError, ContactGoneError, DeliveryError, MessageRefusedError

NEAR = Reach(private_hosts=frozenset({"127.0.0.1"}))
SECRET = "0123456789abcdef"  # noqa: S105 - of these tests
HALF_HTTP = b"HTTP/1.1 200 OK\r\nContent-Le"


class HttpStand(Stand):
    half_answer = HALF_HTTP
    refusals = (503, 403)

    def __init__(self, receiver: HttpReceiver) -> None:
        self.receiver = receiver

    @property
    def port(self) -> int:
        return self.receiver.port

    def received(self, count: int) -> list[Received]:
        return [
            Received(one.headers.get("Idempotency-Key"), one.body.decode())
            for one in self.receiver.await_got(count)
        ]

    def refuse(self, *, for_good: bool) -> None:
        self.receiver.status = self.refusals[for_good]


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    with http_receiver() as one:
        yield one


class WebhookStand(HttpStand):
    secrets = (SECRET, "hook")

    def notifier(self, port: int, timeout_s: float) -> Notifier:  # noqa: ARG002 - the way says where
        return WebhookNotifier(post=HttpPost(reach=NEAR, timeout_s=timeout_s))

    def contact(self, port: int) -> ContactPoint:
        address = {"url": f"http://127.0.0.1:{port}/hook?x=1", "secret": SECRET}
        return way(Channel.WEBHOOK, address)


class TestWebhook(NotifierContract):
    @pytest.fixture
    def stand(self, receiver: HttpReceiver) -> WebhookStand:
        return WebhookStand(receiver)

    def test_the_receiver_can_tell_that_it_is_from_here_and_when_it_was_said(
        self, stand: WebhookStand
    ) -> None:
        assert stand.deliver() == "201"
        (got,) = stand.receiver.got
        stamp = got.headers["Carewire-Timestamp"]
        assert abs(int(stamp) - time.time()) < 300
        assert got.headers["Carewire-Signature"] == f"v1={signature(SECRET, stamp, got.body)}"
        assert signature(SECRET, str(int(stamp) + 1), got.body) != signature(SECRET, stamp, got.body)
        assert got.path == "/hook?x=1"

    def test_it_is_told_of_the_alert_but_not_what_was_found(self, stand: WebhookStand) -> None:
        stand.deliver()
        said = stand.receiver.got[0].said
        assert said["alert"] == {
            "id": "a1",
            "patient_id": "p-wei",
            "family": "physiological",
            "priority": "high",
            "state": "active",
            "began_ms": 1_700_000_000_000,
            "raised_ms": 1_700_000_060_000,
            "delayed": False,
        }
        assert (said["occasion"], said["step"], said["url"]) == ("onset", 0, f"{SITE}/alerts/a1")

    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    def test_a_redirect_is_not_followed(self, stand: WebhookStand, status: int) -> None:
        with http_receiver() as other:
            stand.receiver.status = status
            stand.receiver.headers["Location"] = other.url
            with pytest.raises(MessageRefusedError, match="not followed"):
                stand.deliver()
            assert other.got == []

    @pytest.mark.parametrize("again", ["7", "later"])
    def test_who_asks_to_be_left_alone_says_for_how_long(self, stand: WebhookStand, again: str) -> None:
        stand.receiver.status = 429
        stand.receiver.headers["Retry-After"] = again
        with pytest.raises(DeliveryError) as caught:
            stand.deliver()
        assert getattr(caught.value, "again_s", None) == (7.0 if again == "7" else None)


class WebPushStand(HttpStand):
    secrets = ("hook",)

    def __init__(self, receiver: HttpReceiver, key: VapidKey) -> None:
        super().__init__(receiver)
        self.key, self.browser = key, Browser()

    def notifier(self, port: int, timeout_s: float) -> Notifier:  # noqa: ARG002 - the way says where
        return WebPushNotifier(
            post=HttpPost(reach=NEAR, timeout_s=timeout_s), key=self.key, subject="mailto:admin@example.org"
        )

    def contact(self, port: int) -> ContactPoint:
        return way(
            Channel.WEB_PUSH, {"endpoint": f"http://127.0.0.1:{port}/hook/of-lin", **self.browser.keys}
        )

    def received(self, count: int) -> list[Received]:
        said = [self.browser.opened(one) for one in self.receiver.await_got(count)]
        return [Received(one["key"], f"{one['body']} {one['url']}") for one in said]


class TestWebPush(NotifierContract):
    @pytest.fixture
    def stand(self, receiver: HttpReceiver, tmp_path: Path) -> WebPushStand:
        return WebPushStand(receiver, VapidKey.kept_in(tmp_path / "web-push.pem"))

    def test_the_push_service_knows_the_sender_and_cannot_read_what_is_said(
        self, stand: WebPushStand
    ) -> None:
        stand.receiver.headers["Location"] = "https://push.example.org/m/of-this"
        assert stand.deliver() == "of-this"
        (got,) = stand.receiver.got
        claims = vapid_claims(got, stand.key.public)
        assert claims["sub"] == "mailto:admin@example.org"
        assert claims["aud"] == f"http://127.0.0.1:{stand.port}"
        assert 0 < claims["exp"] - time.time() < 24 * 3_600
        assert b"W. Z." not in got.body
        assert stand.browser.opened(got)["title"] == "High: W. Z."

    @pytest.mark.parametrize(
        ("priority", "ttl", "urgency"),
        [
            (Priority.HIGH, "86400", "high"),
            (Priority.MEDIUM, "43200", "normal"),
            (Priority.LOW, "14400", "low"),
        ],
    )
    def test_the_urgent_wakes_the_browser_and_newer_news_of_an_alert_takes_the_place_of_older(
        self, stand: WebPushStand, priority: Priority, ttl: str, urgency: str
    ) -> None:
        stand.deliver(message(stand.contact(stand.port), priority=priority))
        headers = stand.receiver.got[0].headers
        assert (headers["TTL"], headers["Urgency"]) == (ttl, urgency)
        assert 0 < len(headers["Topic"]) <= 32
        assert headers["Topic"] == stand.browser.opened(stand.receiver.got[0])["tag"]

    @pytest.mark.parametrize("status", [404, 410])
    def test_a_browser_that_unsubscribed_is_gone(self, stand: WebPushStand, status: int) -> None:
        stand.receiver.status = status
        with pytest.raises(ContactGoneError, match="unsubscribed"):
            stand.deliver()

    def test_a_service_that_is_busy_says_for_how_long(self, stand: WebPushStand) -> None:
        stand.receiver.status = 429
        stand.receiver.headers["Retry-After"] = "30"
        with pytest.raises(ChannelBusyError) as caught:
            stand.deliver()
        assert caught.value.again_s == 30

    def test_what_is_too_large_is_refused_for_good(self, stand: WebPushStand) -> None:
        stand.receiver.status = 413
        with pytest.raises(MessageRefusedError, match="413"):
            stand.deliver()


class MailStand(Stand):
    half_answer = b"220 hel"
    secrets = ("lin@example.org", PASSWORD)

    def __init__(self, receiver: MailReceiver, authority: Authority, security: Security) -> None:
        self.receiver, self.security = receiver, security
        self.tls = ssl.create_default_context(cafile=str(authority.folder / "ca.crt"))
        self.password = PASSWORD

    def notifier(self, port: int, timeout_s: float) -> Notifier:
        return EmailNotifier(
            server=MailServer(
                host="127.0.0.1",
                port=port,
                security=self.security,
                sender="alerts@care.example.org",
                username="carewire" if self.security is Security.STARTTLS else None,
                password=self.password,
                timeout_s=timeout_s,
                tls=self.tls,
            )
        )

    def contact(self, port: int) -> ContactPoint:  # noqa: ARG002 - the server is the same for everybody
        return way(Channel.EMAIL, {"to": "lin@example.org"})

    @property
    def port(self) -> int:
        return self.receiver.port

    def received(self, count: int) -> list[Received]:
        found = []
        for one in self.receiver.await_mail(count):
            assert isinstance(one.content, bytes)
            mail = message_from_bytes(one.content, policy=modern)
            text = mail.get_body(("plain",))
            assert text is not None
            found.append(Received(mail["Message-ID"].strip("<>").partition("@")[0], text.get_content()))
        return found

    def refuse(self, *, for_good: bool) -> None:
        self.receiver.refusing = "550 no such mailbox: lin@example.org" if for_good else "451 later"


class TestEmail(NotifierContract):
    security = Security.STARTTLS

    @pytest.fixture
    def stand(self, tmp_path: Path) -> Iterator[MailStand]:
        authority = Authority(tmp_path)
        with mail_receiver(authority, starttls=self.security is Security.STARTTLS) as receiver:
            yield MailStand(receiver, authority, self.security)

    def test_it_goes_to_its_reader_alone_as_text_and_as_a_page_marked_as_sent_by_a_machine(
        self, stand: MailStand
    ) -> None:
        assert stand.deliver() == "250 queued as 1"
        (envelope,) = stand.receiver.mail
        assert (envelope.mail_from, envelope.rcpt_tos) == ("alerts@care.example.org", ["lin@example.org"])
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=modern)
        assert (mail["To"], mail["Subject"]) == ("lin@example.org", "High: W. Z.")
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["References"] == "<alert.a1@care.example.org>"
        page = mail.get_body(("html",))
        assert page is not None
        assert f"<p>The pulse is {VALUE} &amp; rising.</p>" in page.get_content()
        assert "请打开网页。" in page.get_content()

    def test_a_certificate_of_somebody_else_is_not_trusted(self, stand: MailStand) -> None:
        stand.tls = ssl.create_default_context()
        assert "certificate is not to be trusted" in str(stand.failure(stand.port))
        assert stand.receiver.mail == []


class TestEmailOverTls(TestEmail):
    security = Security.TLS


def test_where_starttls_is_asked_for_and_not_offered_nothing_is_sent(tmp_path: Path) -> None:
    with plain_mail_receiver() as receiver:
        stand = MailStand(receiver, Authority(tmp_path), Security.STARTTLS)
        assert isinstance(stand.failure(receiver.port), MessageRefusedError)
        assert receiver.mail == []


def test_a_wrong_password_is_refused_for_good_and_not_said(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with mail_receiver(authority) as receiver:
        stand = MailStand(receiver, authority, Security.STARTTLS)
        stand.password = PASSWORD[::-1]
        error = stand.failure(stand.port)
    assert isinstance(error, MessageRefusedError)
    assert "email.password" in str(error)
    assert PASSWORD[::-1] not in str(error)


class AppriseStand(HttpStand):
    secrets = ("hook",)

    def notifier(self, port: int, timeout_s: float) -> Notifier:  # noqa: ARG002 - the way says where
        return AppriseNotifier(reach=NEAR, timeout_s=timeout_s)

    def contact(self, port: int) -> ContactPoint:
        return way(Channel.APPRISE, {"url": f"json://127.0.0.1:{port}/hook"})


class TestApprise(NotifierContract):
    carries_the_key = False
    tells_what_is_for_good = False

    @pytest.fixture
    def stand(self, receiver: HttpReceiver) -> AppriseStand:
        receiver.status = 200
        return AppriseStand(receiver)

    def test_it_says_the_line_and_no_more(self, stand: AppriseStand) -> None:
        stand.deliver()
        said = stand.receiver.got[0].said
        assert said["title"] == "High: W. Z."
        assert said["message"] == f"Needs somebody to look (onset).\n{SITE}/alerts/a1"

    def test_a_redirect_is_not_followed(self, stand: AppriseStand) -> None:
        with http_receiver() as other:
            stand.receiver.status = 307
            stand.receiver.headers["Location"] = other.url
            with pytest.raises(DeliveryError):
                stand.deliver()
            assert other.got == []
