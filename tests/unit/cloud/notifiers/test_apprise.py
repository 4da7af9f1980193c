"""What an Apprise URL may not do."""

import logging
from pathlib import Path

import pytest

from cloud.notifiers.apprise import AppriseNotifier, scheme_of
from cloud.notifiers.reach import Reach
from vitals.errors import MessageRefusedError

ANY = AppriseNotifier(reach=Reach())


@pytest.mark.parametrize("scheme", ["syslog", "dbus", "gnome", "macosx", "windows", "Syslog", "deltachat"])
def test_what_acts_on_this_machine_is_refused(scheme: str) -> None:
    with pytest.raises(MessageRefusedError, match=f"Apprise URLs of {scheme.lower()} are not allowed here"):
        ANY.service(f"{scheme}://")


@pytest.mark.parametrize(
    "url", ["mailto://u:p@example.org", "mailtos://u:p@example.org", "vapid://a@b.org/c"]
)
def test_what_has_a_channel_of_its_own_is_sent_there(url: str) -> None:
    with pytest.raises(MessageRefusedError, match="not as an Apprise URL"):
        ANY.service(url)


@pytest.mark.parametrize(
    "query",
    [
        "template=/etc/passwd",
        "Template=passwd",
        "keyfile=key.json",
        "attach=file:///etc/passwd",
        "pgpkey=x",
        "verify=no",
        "redirect=yes",
        "rto=9999",
        "x=/etc/passwd",
        "x=~/.ssh/id",
        "x=%66ile:///etc/passwd",
        "x=../key",
    ],
)
def test_a_parameter_that_could_read_a_file_or_loosen_anything_is_refused(query: str) -> None:
    with pytest.raises(MessageRefusedError, match="a parameter of the Apprise URL"):
        ANY.service(f"jsons://example.org/hook?{query}")


@pytest.mark.parametrize("scheme", ["json", "xml", "form", "ntfy", "gotify", "mqtt", "apprise", "hassio"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "192.168.1.10", "169.254.169.254"])
def test_what_is_near_is_refused_by_whatever_service(scheme: str, host: str) -> None:
    with pytest.raises(MessageRefusedError, match="private"):
        ANY.service(f"{scheme}://{host}:8123/token/topic")


@pytest.mark.parametrize("url", ["", "nothing", "nothing://x", "://", "json://"])
def test_what_names_no_service_is_refused(url: str) -> None:
    with pytest.raises(MessageRefusedError):
        ANY.service(url)


def test_a_hosted_service_needs_no_host_of_its_own() -> None:
    assert ANY.service("tgram://123456789:abcdefg_hijklmnop/12315544/")


def test_only_what_is_allowed_is_if_anything_is() -> None:
    some = AppriseNotifier(reach=Reach(), schemes=frozenset({"tgram"}))
    with pytest.raises(MessageRefusedError, match="not allowed here"):
        some.service("ntfys://topic")
    assert some.service("tgram://123456789:abcdefg_hijklmnop/12315544/")


def test_of_a_url_only_the_scheme_may_be_shown() -> None:
    assert scheme_of("tgram://123456789:secret/1") == "tgram"
    assert scheme_of("not a url") == ""


def test_nothing_of_a_url_is_logged(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(MessageRefusedError):
        ANY.service(f"tgram://{tmp_path.name}-secret")
    assert "secret" not in caplog.text
