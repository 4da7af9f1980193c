"""What the settings of channels may be, and what is said of those that may not."""

from pathlib import Path

import pytest

from cloud.bootstrap.channels import ways_of
from cloud.config import CloudSettings, load_settings
from cloud.ports import Channel
from vitals.errors import ConfigurationError

MAIL = '[email]\nhost = "mail.example.org"\nsender = "alerts@example.org"\n'


def settings(tmp_path: Path, text: str) -> CloudSettings:
    file = tmp_path / "cloud.toml"
    file.write_text(f'data_dir = "{tmp_path}"\n{text}')
    return load_settings(file)


def test_without_settings_only_signed_webhooks_beyond_this_network_are_offered(tmp_path: Path) -> None:
    assert ways_of(settings(tmp_path, "")).keys() == {Channel.WEBHOOK}


def test_each_channel_that_is_set_up_is_offered(tmp_path: Path) -> None:
    text = '[http]\npublic_url = "https://care.example.org"\n[apprise]\nenabled = true\n' + MAIL
    assert set(ways_of(settings(tmp_path, text))) == {
        Channel.EMAIL,
        Channel.WEB_PUSH,
        Channel.WEBHOOK,
        Channel.APPRISE,
    }
    assert (tmp_path / "web-push.pem").stat().st_mode & 0o777 == 0o600


def test_webhooks_can_be_switched_off(tmp_path: Path) -> None:
    assert ways_of(settings(tmp_path, "[webhook]\nenabled = false\n")) == {}


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465)])
def test_the_port_is_the_usual_one_unless_given(tmp_path: Path, security: str, port: int) -> None:
    assert settings(tmp_path, f'{MAIL}security = "{security}"\n').email.usual_port == port
    assert settings(tmp_path, f'{MAIL}security = "{security}"\nport = 2525\n').email.usual_port == 2525


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[email]\nhost = "mail.example.org"\n', "host without sender"),
        ('[email]\nsender = "a@example.org"\n', "no host is given"),
        ('[email]\nhost = "m"\nsender = "Carewire <a@example.org>"\n', "sender"),
        (MAIL + 'username = "u"\n', "username and password belong together"),
        (MAIL + 'password = "p"\n', "username and password belong together"),
        (MAIL + 'username = "u"\npassword = "p"\npassword_file = "f"\n', "keep one of them"),
        (MAIL + 'security = "none"\n', "travel readable"),
        (MAIL + 'security = "ssl"\n', "security"),
        ('[web_push]\nsubject = "admin@example.org"\n', "subject"),
        ('[web_push]\nsubject = "mailto:admin"\n', "subject"),
        ("[webhook]\nprivate_host = []\n", "private_host"),
    ],
)
def test_what_contradicts_itself_is_said(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(ConfigurationError, match=why):
        settings(tmp_path, text)


def test_hosts_near_by_are_known_however_they_are_written(tmp_path: Path) -> None:
    text = '[webhook]\nprivate_hosts = ["Assistant.Home", "[fd00::1]"]\n'
    assert settings(tmp_path, text).webhook.private_hosts == ("assistant.home", "fd00::1")


def test_a_file_of_an_authority_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"email\.ca_file cannot be used"):
        ways_of(settings(tmp_path, f'{MAIL}ca_file = "{tmp_path}/none.pem"\n'))


def test_a_key_of_web_push_that_is_damaged_is_said(tmp_path: Path) -> None:
    key = tmp_path / "web-push.pem"
    key.write_bytes(b"torn")
    key.chmod(0o600)
    with pytest.raises(ConfigurationError, match="restore it from a backup"):
        ways_of(settings(tmp_path, '[web_push]\nsubject = "mailto:admin@example.org"\n'))
