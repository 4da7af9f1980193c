"""A breach that is stored reaches people by every way they have, once, with one key however it is sent again.

The service in a process of its own, its stores, a mail server, a webhook and a push service: all real.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default as modern
from pathlib import Path
from threading import Event

import httpx
import msgspec
import pytest

from cloud.bootstrap.channels import vapid_key
from cloud.config import CloudSettings
from cloud.ports import Channel, ContactPoint, HandOff, IdentifiedRecord, Patient, Person, Role
from cloud.storage.relational.opening import Relational, open_relational
from cloud.storage.series import open_series_stores
from tests.fakes.alert_material import PATIENT, STRAP, onset
from tests.fakes.authority import Authority
from tests.fakes.cloud_process import CloudProcess
from tests.fakes.receivers import (
    PASSWORD,
    Browser,
    HttpReceiver,
    MailReceiver,
    http_receiver,
    mail_receiver,
    vapid_claims,
)
from tests.fakes.relations import a_grant

LIN = Person(id="u-lin", display_name="Lin Zhang", role=Role.CAREGIVER)
SECRET = "0123456789abcdef"  # noqa: S105 - of these tests
WITHIN_S = 60.0
WAYS = {"email", "webhook", "web-push"}


@dataclass(slots=True)
class Home:
    """A service, the receivers of one person's messages, and the stores between two runs of it."""

    process: CloudProcess
    settings: CloudSettings
    mail: MailReceiver
    hook: HttpReceiver
    push: HttpReceiver
    browser: Browser

    def admit(self) -> None:
        now_ms = round(time.time() * 1000)
        ways: dict[Channel, dict[str, object]] = {
            Channel.EMAIL: {"to": "lin@example.org"},
            Channel.WEBHOOK: {"url": self.hook.url, "secret": SECRET},
            Channel.WEB_PUSH: {"endpoint": self.push.url, **self.browser.keys},
        }
        relational = open_relational(self.settings.database_url)
        relational.directory.add_patient(Patient(id=PATIENT, display_name="Wei Zhang"))
        relational.directory.add_person(LIN)
        relational.relations.give(a_grant(LIN.id, PATIENT, now_ms - 1_000))
        relational.directory.bind(STRAP, PATIENT, now_ms - 60_000)
        for channel, address in ways.items():
            relational.contacts.add(
                ContactPoint(
                    id=channel, person_id=LIN.id, channel=channel, address=address, label="x", added_ms=now_ms
                )
            )
        relational.close()

    def store_a_breach(self) -> None:
        """Store, as ingest would, that a gateway has noticed something just now."""
        now_ms = round(time.time() * 1000)
        event = msgspec.structs.replace(onset(0), t_ms=now_ms, noticed_ms=now_ms)
        stores = open_series_stores(self.settings)
        stores.records.commit(
            [
                IdentifiedRecord(
                    gateway="home",
                    epoch="abcdefgh-events",
                    seq=1,
                    record=event,
                    patient_id=PATIENT,
                    received_ms=now_ms,
                )
            ]
        )
        stores.close()

    def handed(self) -> dict[str, list[HandOff]]:
        """Return what is recorded of the ways of the one alert."""
        relational = open_relational(self.settings.database_url)
        try:
            return _by_channel(relational)
        finally:
            relational.close()

    def keys(self) -> dict[str, list[str]]:
        """Return the keys of all that was received."""
        return {
            "email": [_message_id(one.content) for one in self.mail.mail],
            "webhook": [one.headers["Idempotency-Key"] for one in self.hook.got],
            "web-push": [self.browser.opened(one)["key"] for one in self.push.got],
        }


def _by_channel(relational: Relational) -> dict[str, list[HandOff]]:
    (alert,) = relational.alerts.alerts_of(PATIENT, open_only=False, limit=9)
    found: dict[str, list[HandOff]] = {}
    for one in relational.alerts.hand_offs_of(alert.id):
        found.setdefault(one.channel, []).append(one)
    return found


def _message_id(content: bytes | str | None) -> str:
    assert isinstance(content, bytes)
    return str(message_from_bytes(content, policy=modern)["Message-ID"]).strip("<>").partition("@")[0]


def until(is_so: Callable[[], bool], within_s: float = WITHIN_S) -> None:
    deadline = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    authority = Authority(tmp_path / "authority")
    with mail_receiver(authority) as mail, http_receiver() as hook, http_receiver() as push:
        near = {"private_hosts": ("127.0.0.1",)}
        process = CloudProcess(
            tmp_path / "cloud",
            sections={
                "email": {
                    "host": "127.0.0.1",
                    "port": mail.port,
                    "sender": "alerts@care.example.org",
                    "username": "carewire",
                    "password": PASSWORD,
                    "ca_file": str(authority.folder / "ca.crt"),
                },
                "webhook": near,
                "web_push": {"subject": "mailto:admin@example.org", **near},
            },
        )
        process.settings.data_dir.mkdir()
        one = Home(process, process.settings, mail, hook, push, Browser())
        one.admit()
        try:
            yield one
        finally:
            process.kill()


def test_a_breach_reaches_a_person_once_by_each_of_their_ways_without_a_name_or_a_value(home: Home) -> None:
    home.store_a_breach()
    home.process.start()
    (mail,), (hook,), (push,) = home.mail.await_mail(1), home.hook.await_got(1), home.push.await_got(1)
    until(lambda: home.handed().keys() >= WAYS)
    for channel, (one,) in home.handed().items():
        assert (one.error, one.person_id, one.occasion) == (None, LIN.id, "onset"), channel
    assert home.keys() == {name: [home.handed()[name][0].key] for name in WAYS}
    assert vapid_claims(push, vapid_key(home.settings).public)["sub"] == "mailto:admin@example.org"
    assert mail.rcpt_tos == ["lin@example.org"]
    for said in (mail.content, hook.body, str(home.browser.opened(push)).encode()):
        assert isinstance(said, bytes)
        assert b"Wei Zhang" not in said
        assert b"/alerts/" in said
    assert hook.said["alert"]["patient_id"] == PATIENT


def test_killed_between_sending_and_writing_it_down_it_sends_again_under_the_same_key(home: Home) -> None:
    held = home.hook.release = Event()
    home.store_a_breach()
    home.process.start()
    home.hook.await_got(1)
    home.mail.await_mail(1)
    home.push.await_got(1)
    until(lambda: home.handed().keys() >= WAYS - {"webhook"})
    home.process.kill()
    held.set()
    home.process.start()
    home.hook.await_got(2)
    until(lambda: "webhook" in home.handed())
    keys = home.keys()
    assert keys["webhook"][0] == keys["webhook"][1] == home.handed()["webhook"][0].key
    assert [len(keys[name]) for name in ("email", "web-push")] == [1, 1]


def test_a_channel_that_refuses_is_recorded_told_by_health_and_holds_up_no_other(home: Home) -> None:
    home.mail.refusing = "550 no such mailbox"
    home.push.status = 410
    home.store_a_breach()
    home.process.start()
    home.hook.await_got(1)
    until(lambda: home.handed().keys() >= WAYS)
    errors = {name: [one.error for one in home.handed()[name]] for name in WAYS}
    assert errors["webhook"] == [None]
    assert errors["email"] == ["the mail server refused the recipient: correct the address (550)"]
    assert errors["web-push"] == ["the browser has unsubscribed: allow notifications in it again"]
    until(lambda: _status(home) == 503)
    relational = open_relational(home.settings.database_url)
    assert [one.channel for one in relational.contacts.of([LIN.id])[LIN.id]] == [
        Channel.EMAIL,
        Channel.WEBHOOK,
    ]
    relational.close()


def _status(home: Home) -> int:
    return httpx.get(f"{home.process.url}/healthz", trust_env=False, timeout=5).status_code
