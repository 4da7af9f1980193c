from pathlib import Path

import pytest

from edge.config import EdgeSettings, device_id, load_settings
from vitals.errors import ConfigurationError

GOOD = """
gateway_id = "hallway"
data_dir = "data"
[[devices]]
address = "C0:00:00:00:00:01"
name = "Strap"
"""


@pytest.fixture
def settings_file(tmp_path: Path) -> Path:
    file = tmp_path / "gateway.toml"
    file.write_text(GOOD)
    return file


def test_a_file_is_read_and_the_rest_has_its_defaults(settings_file: Path) -> None:
    settings = load_settings(settings_file)
    assert (settings.gateway_id, settings.devices[0].id) == ("hallway", "c0-00-00-00-00-01")
    assert (settings.mqtt.host, settings.mqtt.port, settings.clock.speed) == ("127.0.0.1", 1883, 1.0)
    assert settings.outbox_file == Path("data/outbox.db")
    assert not settings.adopt


def test_a_device_is_a_strap_that_bonds_if_it_asks_unless_told_otherwise(settings_file: Path) -> None:
    (strap,) = load_settings(settings_file).devices
    assert (strap.profile, strap.bond, strap.ecg) == ("chest-strap", "if-asked", True)
    assert strap.bond_renewal == "by-itself"
    settings_file.write_text(GOOD + 'profile = "blood-pressure-cuff"\nbond = "required"')
    (cuff,) = load_settings(settings_file).devices
    assert (cuff.profile, cuff.bond) == ("blood-pressure-cuff", "required")


def test_the_environment_names_the_file_and_overrules_it(
    settings_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAREWIRE_EDGE_CONFIG", str(settings_file))
    monkeypatch.setenv("CAREWIRE_EDGE_MQTT__HOST", "broker.example")
    monkeypatch.setenv("CAREWIRE_EDGE_MQTT__CA_FILE", "/etc/carewire/ca.crt")
    monkeypatch.setenv("CAREWIRE_EDGE_GATEWAY_ID", "kitchen")
    settings = load_settings()
    assert (settings.gateway_id, settings.mqtt.host, settings.mqtt.port) == (
        "kitchen",
        "broker.example",
        1883,
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("gateway_id = ", "is not TOML"),
        ("", "gateway_id: is missing; add it"),
        (GOOD + "[mqtt]\nhost = 'broker.example'", "or write insecure = true on a network of your own"),
        (GOOD + "[mqtt]\nhost = 'b.example'\nca_file = 'ca.crt'\ninsecure = true", "leave insecure out"),
        (GOOD + "[http]\nurl = 'http://care.example.org'\ntoken = 't'", "plain http beyond this machine"),
        (GOOD + "[http]\nurl = 'care.example.org'\ntoken = 't'", "no address of a service"),
        (GOOD + "[http]\nurl = 'https://me:word@care.example.org'\ntoken = 't'", "no address of a service"),
        (GOOD + "[http]\nurl = 'https://care.example.org'", "needs this gateway's token"),
        (GOOD + "[http]\ntoken = 't'", "there is no url"),
        (GOOD + "[mqtt]\nhosst = 'x'", "mqtt.hosst: is no setting"),
        (GOOD.replace("hallway", "Hall Way"), "must be 3 to 40 of a-z, 0-9 and '-'"),
        (GOOD.replace("C0:00:00:00:00:01", "C0-00"), "devices.0.address"),
        ('gateway_id = "hallway"\ndata_dir = "data"', "no wearable is allowed"),
        (GOOD + "[mqtt]\nport = 0", "mqtt.port"),
        (GOOD + "[mqtt]\ncert_file = 'c.pem'", "cert_file and key_file belong together"),
        (GOOD + "[mqtt]\npassword = 'a'\npassword_file = 'b'", "password and password_file are both given"),
        (GOOD + "[clock]\nspeed = 0", "clock.speed"),
        (GOOD + "profile = 'sock'", "must be one of chest-strap, finger-oximeter"),
        (GOOD + "bond = 'perhaps'", "devices.0.bond"),
        (GOOD + "bond_renewal = 'never'", "devices.0.bond_renewal"),
        (GOOD + "profile = 'fall-pendant'\necg = false", "a fall-pendant has nothing but its signals"),
        (GOOD + "[[devices]]\naddress = 'c0:00:00:00:00:01'", "c0-00-00-00-00-01 is listed more than once"),
        (GOOD + "[radio]\nnotify = 'shout'", "radio.notify"),
        (GOOD + "[radio]\nlongest_pause_s = 600", "radio.longest_pause_s"),
        (GOOD + "[radio]\nscan_rest_s = 600", "radio.scan_rest_s"),
        (GOOD + "[radio]\nmost_devices = 0", "radio.most_devices"),
        (GOOD + "[page]\nenabled = true", "the page needs an access code"),
        (GOOD + "[page]\nenabled = true\ncode = 'short'", "page.code"),
        (GOOD + "[page]\nenabled = true\ncode = '12345678'\ncode_file = 'x'", "either code or code_file"),
        (GOOD + "[alarms]\nhealth = 'never'", "alarms.health"),
        (GOOD + "[alarms]\nled = '../../proc'", "alarms.led"),
        (GOOD + "[alarms]\ncommand = 'aplay x.wav'", "alarms.command"),
    ],
)
def test_what_is_wrong_is_named_in_a_plain_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(text)
    with pytest.raises(ConfigurationError) as refused:
        load_settings(file)
    assert sentence in str(refused.value)
    assert str(file) in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_settings(tmp_path / "none.toml")


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match="is not TOML"):
        load_settings(file)


def test_a_misspelt_variable_is_not_passed_over(settings_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAREWIRE_EDGE_GATEWAYID", "kitchen")
    with pytest.raises(ConfigurationError, match="CAREWIRE_EDGE_GATEWAYID"):
        load_settings(settings_file)


def test_a_password_is_read_from_its_file_and_never_shown(tmp_path: Path, settings_file: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hunter2\n")
    settings_file.write_text(f"{GOOD}[mqtt]\npassword_file = '{secret}'")
    assert load_settings(settings_file).mqtt.secret() == "hunter2"
    settings_file.write_text(GOOD + "[mqtt]\npassword = 'hunter2'")
    settings = load_settings(settings_file)
    assert settings.mqtt.secret() == "hunter2"
    assert "hunter2" not in repr(settings)


def test_the_pages_code_is_read_from_its_file_is_not_too_short_and_is_never_shown(
    tmp_path: Path, settings_file: Path
) -> None:
    code = tmp_path / "page-code"
    code.write_text("blue-lamp-29\n")
    settings_file.write_text(f"{GOOD}[page]\nenabled = true\ncode_file = '{code}'")
    settings = load_settings(settings_file)
    assert settings.page.access_code() == "blue-lamp-29"
    code.write_text("1234567")
    with pytest.raises(ConfigurationError, match="too short; write at least 8"):
        settings.page.access_code()
    settings_file.write_text(GOOD + "[page]\nenabled = true\ncode = 'blue-lamp-29'")
    assert "blue-lamp-29" not in repr(load_settings(settings_file))


def test_a_password_file_that_is_not_there_is_said_so(tmp_path: Path, settings_file: Path) -> None:
    settings_file.write_text(f"{GOOD}[mqtt]\npassword_file = '{tmp_path / 'none'}'")
    with pytest.raises(ConfigurationError, match="password_file"):
        load_settings(settings_file).mqtt.secret()


def test_settings_do_not_change_while_they_are_used(settings_file: Path) -> None:
    settings = load_settings(settings_file)
    with pytest.raises(ValueError, match="frozen"):
        settings.adopt = True


def test_any_strap_may_be_adopted_where_that_is_asked_for(tmp_path: Path) -> None:
    assert EdgeSettings(gateway_id="demo", data_dir=tmp_path, adopt=True).devices == ()


def test_a_devices_id_is_its_address_in_lower_case_with_hyphens() -> None:
    assert device_id("C0:CA:4E:00:00:0A") == "c0-ca-4e-00-00-0a"


def test_a_broker_of_ones_own_network_may_be_spoken_to_readably_if_one_says_so(settings_file: Path) -> None:
    settings_file.write_text(GOOD + "[mqtt]\nhost = '192.168.1.2'\ninsecure = true")
    assert load_settings(settings_file).mqtt.is_readable_on_the_way
    for host in ("localhost", "127.0.0.1", "::1", "127.5.0.1"):
        settings_file.write_text(GOOD + f"[mqtt]\nhost = '{host}'")
        assert not load_settings(settings_file).mqtt.is_readable_on_the_way


@pytest.mark.parametrize("url", ["https://care.example.org", "http://127.0.0.1:8080", "http://[::1]:8080"])
def test_the_service_is_gone_to_over_tls_or_on_this_machine(settings_file: Path, url: str) -> None:
    settings_file.write_text(GOOD + f"[http]\nurl = '{url}'\ntoken = '{'t' * 43}'")
    assert load_settings(settings_file).http.secret() == "t" * 43


def test_the_token_comes_from_a_file_and_has_to_be_one(settings_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "token"
    settings_file.write_text(GOOD + f"[http]\nurl = 'https://care.example.org'\ntoken_file = '{file}'")
    http = load_settings(settings_file).http
    file.write_text("t" * 43 + "\n")
    assert http.secret() == "t" * 43
    file.write_text("two words\r\nX-Injected: yes")
    with pytest.raises(ConfigurationError, match="gateway add"):
        http.secret()
