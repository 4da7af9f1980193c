"""What an address must be, and how much of one is shown."""

from pathlib import Path

import pytest

from cloud.notifiers.apprise import AppriseNotifier
from cloud.notifiers.http_post import HttpPost
from cloud.notifiers.mail import EmailNotifier, MailServer, Security
from cloud.notifiers.reach import Reach
from cloud.notifiers.vapid import VapidKey
from cloud.notifiers.ways import Way
from cloud.notifiers.web_push import WebPushNotifier
from cloud.notifiers.webhook import WebhookNotifier
from cloud.ports import Channel
from tests.fakes.receivers import Browser
from vitals.errors import MessageRefusedError

NEAR = Reach(private_hosts=frozenset({"127.0.0.1"}))
POST = HttpPost(reach=NEAR)
KEYS = Browser().keys
URL = "http://127.0.0.1:1/secret-path?token=secret"
GOOD: dict[Channel, tuple[dict[str, str], str]] = {
    Channel.EMAIL: ({"to": " lin@example.org "}, "l…@example.org"),
    Channel.WEBHOOK: ({"url": URL}, "http://127.0.0.1:1/…"),
    Channel.WEB_PUSH: ({"endpoint": URL, **KEYS}, "127.0.0.1"),
    Channel.APPRISE: ({"url": "json://127.0.0.1:1/secret-path"}, "json://…"),
}


@pytest.fixture
def ways(tmp_path: Path) -> dict[Channel, Way]:
    server = MailServer(host="mail", port=25, security=Security.NONE, sender="a@b.c")
    key = VapidKey.kept_in(tmp_path / "key.pem")
    return {
        Channel.EMAIL: EmailNotifier(server=server),
        Channel.WEBHOOK: WebhookNotifier(post=POST),
        Channel.WEB_PUSH: WebPushNotifier(post=POST, key=key, subject="mailto:a@b.org"),
        Channel.APPRISE: AppriseNotifier(reach=NEAR),
    }


@pytest.mark.parametrize("channel", GOOD)
def test_what_can_be_sent_to_is_kept_and_shown_without_its_secrets(
    ways: dict[Channel, Way], channel: Channel
) -> None:
    given, shown = GOOD[channel]
    way = ways[channel]
    address = way.checked(given | {"more": "than is asked for"})
    assert address == {name: value.strip() for name, value in given.items()}
    assert way.masked(address) == shown
    assert "secret" not in shown


@pytest.mark.parametrize("channel", GOOD)
def test_what_is_missing_is_named(ways: dict[Channel, Way], channel: Channel) -> None:
    for name in GOOD[channel][0]:
        given = {each: value for each, value in GOOD[channel][0].items() if each != name}
        with pytest.raises(MessageRefusedError, match=f"has no {name}"):
            ways[channel].checked(given)


@pytest.mark.parametrize("channel", GOOD)
def test_of_a_forgotten_address_nothing_is_shown(ways: dict[Channel, Way], channel: Channel) -> None:
    assert len(ways[channel].masked({})) <= len("://…/")


@pytest.mark.parametrize(
    "to",
    [
        "lin",
        "@example.org",
        "lin@",
        "lin@localhost",
        "a b@example.org",
        "a@b@c.org",
        "lin@exa mple.org",
        "lin@example.org\nBcc: all@example.org",
        "<lin@example.org>",
        "林@example.org",
        "x" * 250 + "@example.org",
    ],
)
def test_what_is_no_address_of_email_is_refused(ways: dict[Channel, Way], to: str) -> None:
    with pytest.raises(MessageRefusedError, match="no e-mail address"):
        ways[Channel.EMAIL].checked({"to": to})


@pytest.mark.parametrize(
    "url", ["http://192.168.1.1/x", "https://192.168.1.1/x", "https://localhost/x", "ftp://x.org"]
)
@pytest.mark.parametrize("channel", [Channel.WEBHOOK, Channel.WEB_PUSH])
def test_what_is_near_and_not_named_is_refused_when_it_is_added(
    ways: dict[Channel, Way], channel: Channel, url: str
) -> None:
    with pytest.raises(MessageRefusedError):
        ways[channel].checked({"url": url, "endpoint": url, **KEYS})


def test_keys_that_nothing_can_be_sealed_for_are_refused_at_once(
    ways: dict[Channel, Way],
) -> None:
    with pytest.raises(MessageRefusedError, match="subscribe again"):
        ways[Channel.WEB_PUSH].checked({"endpoint": URL, "p256dh": "AAAA", "auth": "AAAA"})
