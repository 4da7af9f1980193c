"""Every channel down, erroring, hanging or late: whoever can be told is, and what failed is said."""

import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import pytest

from cloud.alerts.telling.dispatch import Dispatch
from cloud.alerts.telling.errands import Errand, Pace
from cloud.notifiers.http_post import HttpPost
from cloud.notifiers.mail import EmailNotifier, MailServer, Security
from cloud.notifiers.reach import Reach
from cloud.notifiers.vapid import VapidKey
from cloud.notifiers.web_push import WebPushNotifier
from cloud.notifiers.webhook import WebhookNotifier
from cloud.ports import Alert, Channel, ContactPoint, HandOff
from tests.contracts.notifiers import LIN, MESSAGES
from tests.fakes.alert_material import alert
from tests.fakes.authority import Authority
from tests.fakes.clock import FakeClock
from tests.fakes.contact_book import FakeContactBook
from tests.fakes.http_server import free_port
from tests.fakes.receivers import PASSWORD, Broken, Browser, broken_server, http_receiver, mail_receiver

POST = HttpPost(reach=Reach(private_hosts=frozenset({"127.0.0.1"})), timeout_s=20.0)
SECRET = "0123456789abcdef"  # noqa: S105 - of these tests
IMPATIENT = Pace(deadline_s=0.3, waits_s=(0.1,))
HURRIED = Pace(deadline_s=0.5, patience_s=2.0, waits_s=(0.2,))
NOBODY = "alerts: no channel delivers; people are told on open pages alone"


@dataclass
class Running:
    """A dispatch that runs, and what came of messages so far."""

    dispatch: Dispatch
    done: list[HandOff] = field(default_factory=list)

    def tell(self, name: str, channel: Channel, **address: object) -> None:
        name_of_way = f"{channel}-{sorted(address.items())}"
        contact = ContactPoint(
            id=name_of_way, person_id=LIN.id, channel=channel, address=address, label="x", added_ms=0
        )
        about: Alert = alert(name)
        self.dispatch.offer([Errand(message=MESSAGES.of([about], LIN, contact), alerts=(about,))])

    def until(self, is_so: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 30
        while not is_so():
            self.done += [one for ended in self.dispatch.finished() for one in ended.hand_offs]
            assert time.monotonic() < deadline, self.done
            time.sleep(0.02)

    def error_of(self, name: str, channel: Channel) -> str | None:
        (one,) = (each for each in self.done if (each.alert_id, each.channel) == (name, channel))
        return one.error


@contextmanager
def running(
    mail_port: int, key: Path, pace: Pace = HURRIED, tls: ssl.SSLContext | None = None
) -> Iterator[Running]:
    server = MailServer(
        host="127.0.0.1",
        port=mail_port,
        security=Security.STARTTLS,
        sender="alerts@care.example.org",
        username="carewire",
        password=PASSWORD,
        timeout_s=20.0,
        tls=tls or ssl.create_default_context(),
    )
    push = WebPushNotifier(post=POST, key=VapidKey.kept_in(key), subject="mailto:admin@example.org")
    dispatch = Dispatch(
        notifiers=(EmailNotifier(server=server), WebhookNotifier(post=POST), push),
        contacts=FakeContactBook(),
        clock=FakeClock(),
        pace=pace,
    )
    stop = Event()
    thread = Thread(target=dispatch.run, args=(stop,), daemon=True)
    thread.start()
    try:
        yield Running(dispatch)
    finally:
        stop.set()
        dispatch.wake()
        thread.join(20)


def url(port: int) -> str:
    return f"http://127.0.0.1:{port}/hook"


@pytest.mark.parametrize("how", [Broken.HANGS, Broken.RESETS])
def test_a_broken_channel_fails_in_time_with_a_reason_while_another_receiver_is_told(
    tmp_path: Path, how: Broken
) -> None:
    with ExitStack() as stack:
        broken = stack.enter_context(broken_server(how, b"HTTP/1.1 2"))
        good = stack.enter_context(http_receiver())
        one = stack.enter_context(running(broken, tmp_path / "key.pem"))
        began_s = time.monotonic()
        one.tell("a1", Channel.EMAIL, to="lin@example.org")
        one.tell("a1", Channel.WEB_PUSH, endpoint=url(broken), **Browser().keys)
        one.tell("a1", Channel.WEBHOOK, url=url(broken), secret=SECRET)
        one.tell("a2", Channel.WEBHOOK, url=url(good.port), secret=SECRET)
        good.await_got(1)
        one.until(lambda: len(one.done) == 4)
        assert time.monotonic() - began_s < 20
        assert one.error_of("a2", Channel.WEBHOOK) is None
        for channel in (Channel.EMAIL, Channel.WEB_PUSH, Channel.WEBHOOK):
            assert "tried" in str(one.error_of("a1", channel))
        said = one.dispatch.troubles()
        assert [line for line in said if line.startswith("email: messages not taken")]
        assert "127.0.0.1" not in str(said)


def test_every_channel_down_is_said_of_alerting_itself_until_one_delivers(tmp_path: Path) -> None:
    nowhere = free_port()
    authority = Authority(tmp_path / "authority")
    with ExitStack() as stack:
        mail = stack.enter_context(mail_receiver(authority))
        mail.refusing = "451 later"
        tls = ssl.create_default_context(cafile=str(authority.folder / "ca.crt"))
        one = stack.enter_context(running(mail.port, tmp_path / "key.pem", tls=tls))
        one.tell("a1", Channel.EMAIL, to="lin@example.org")
        one.tell("a1", Channel.WEB_PUSH, endpoint=url(nowhere), **Browser().keys)
        one.tell("a1", Channel.WEBHOOK, url=url(nowhere), secret=SECRET)
        one.until(lambda: len(one.done) == 3)
        assert NOBODY in one.dispatch.troubles()
        mail.refusing = None
        one.tell("a2", Channel.EMAIL, to="lin@example.org")
        one.until(lambda: len(one.done) == 4)
        assert one.error_of("a2", Channel.EMAIL) is None
        assert NOBODY not in one.dispatch.troubles()


def test_an_answer_that_comes_after_the_deadline_counts_and_what_was_sent_twice_has_one_key(
    tmp_path: Path,
) -> None:
    with (
        http_receiver() as slow,
        running(9, tmp_path / "key.pem", IMPATIENT) as one,
    ):
        release = slow.release = Event()
        one.tell("a1", Channel.WEBHOOK, url=url(slow.port), secret=SECRET)
        first, second = slow.await_got(2)[:2]
        assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
        release.set()
        one.until(lambda: bool(one.done))
        assert one.error_of("a1", Channel.WEBHOOK) is None
        one.until(lambda: one.dispatch.troubles() == ())
