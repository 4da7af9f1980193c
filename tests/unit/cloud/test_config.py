import os
from pathlib import Path

import pytest

from cloud.config import CloudSettings, HeartbeatSettings, HttpSettings, load_settings
from vitals.errors import ConfigurationError


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [name for name in os.environ if name.startswith("CAREWIRE_")]:
        monkeypatch.delenv(variable)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cloud.toml"


def refusal(file: Path | None) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(file)
    return str(caught.value)


def test_without_a_file_the_defaults_serve_this_machine_alone() -> None:
    settings = load_settings(None)
    assert (settings.http.host, settings.http.port) == ("127.0.0.1", 8080)
    assert (settings.mqtt.host, settings.mqtt.port) == ("127.0.0.1", 1883)
    assert settings.clock.speed == 1.0


def test_stores_lie_in_the_data_directory_unless_told_otherwise(file: Path) -> None:
    file.write_text('data_dir = "/srv/carewire"\n')
    settings = load_settings(file)
    assert settings.database_url == "sqlite:////srv/carewire/carewire.db"
    assert settings.series_url == "sqlite:////srv/carewire/series.db"


def test_a_file_is_read_and_the_environment_goes_before_it(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(
        '[mqtt]\nhost = "broker"\nport = 8883\nca_file = "/ca.crt"\n[log]\njson = true\nlevel = "debug"\n'
    )
    monkeypatch.setenv("CAREWIRE_CLOUD_MQTT__PORT", "1884")
    settings = load_settings(file)
    assert (settings.mqtt.host, settings.mqtt.port) == ("broker", 1884)
    assert (settings.log.json_lines, settings.log.level) == (True, "debug")


def test_the_environment_can_name_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("[http]\nport = 9000\n")
    monkeypatch.setenv("CAREWIRE_CLOUD_CONFIG", str(file))
    assert load_settings(None).http.port == 9000


def test_days_begin_where_patients_live(file: Path) -> None:
    assert load_settings(None).zone() is None
    file.write_text('time_zone = "Europe/Berlin"\n')
    zone = load_settings(file).zone()
    assert zone is not None
    assert zone.key == "Europe/Berlin"


def test_models_are_those_that_ship_unless_told_otherwise(file: Path) -> None:
    assert (load_settings(None).models_dir() / "rhythm" / "manifest.json").is_file()
    file.write_text('models = "/srv/models"\n')
    assert load_settings(file).models_dir() == Path("/srv/models")


def test_a_missing_file_is_named(file: Path) -> None:
    assert (
        refusal(file) == f"{file}: cannot be read (No such file or directory); give the path of a TOML file"
    )


def test_a_file_that_is_not_toml_is_named_with_the_line(file: Path) -> None:
    file.write_text("[mqtt\n")
    assert f"{file}: is not TOML" in refusal(file)
    assert "line 1" in refusal(file)


def test_a_file_of_other_bytes_is_named(file: Path) -> None:
    file.write_bytes(b"\xff\xfe\x00")
    assert f"{file}: is not TOML" in refusal(file)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('colour = "blue"', "colour: is no setting; remove it or correct its name"),
        ("[mqtt]\nprot = 1883", "mqtt.prot: is no setting; remove it or correct its name"),
        (
            "[mqtt]\nport = 99999",
            "mqtt.port: Input should be less than or equal to 65535; correct this value",
        ),
        ('[log]\nlevel = "loud"', "log.level: Input should be 'debug', 'info', 'warning' or 'error'"),
        ('[http]\npublic_url = "carewire.local"', "http.public_url: String should match pattern"),
        ("[clock]\nspeed = 0", "clock.speed: Input should be greater than 0; correct this value"),
        ('time_zone = "Europe/Atlantis"', "time_zone: no such time zone: give a name like Europe/Berlin"),
        ('time_zone = "../etc/passwd"', "time_zone: no such time zone"),
        ('series_url = "redis://x"', "series_url: String should match pattern"),
        (
            '[mqtt]\npassword = "a"\npassword_file = "b"',
            "mqtt: password and password_file are both given: keep one of them",
        ),
        ('[mqtt]\nca_file = "a"\ncert_file = "b"', "mqtt: cert_file and key_file belong together"),
        ('[mqtt]\ncert_file = "a"\nkey_file = "b"', "mqtt: cert_file without ca_file"),
    ],
)
def test_a_wrong_setting_is_one_sentence_with_file_key_and_remedy(
    file: Path, content: str, sentence: str
) -> None:
    file.write_text(content)
    message = refusal(file)
    assert message.startswith(f"{file}: {sentence}")
    assert "\n" not in message


def test_every_problem_has_its_own_line(file: Path) -> None:
    file.write_text('colour = "blue"\n[mqtt]\nport = 0\n')
    assert len(refusal(file).splitlines()) == 2


def test_a_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAREWIRE_CLOUD_MQTT__PORT", "many")
    assert refusal(None).startswith("environment variable CAREWIRE_CLOUD_MQTT__PORT: mqtt.port: ")


def test_a_variable_that_is_no_setting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAREWIRE_CLOUD_DATADIR", "/srv")
    assert "environment: CAREWIRE_CLOUD_DATADIR is no setting" in refusal(None)


def test_a_section_given_as_one_variable_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAREWIRE_CLOUD_MQTT", "nonsense")
    assert "CAREWIRE_CLOUD_MQTT__HOST" in refusal(None)


def test_a_password_never_shows_in_settings_or_errors(file: Path) -> None:
    file.write_text('[mqtt]\npassword = "open-sesame"\n')
    assert "open-sesame" not in repr(load_settings(file))
    assert load_settings(file).mqtt.secret() == "open-sesame"
    file.write_text('[mqtt]\npassword = "open-sesame"\npassword_file = "x"\n')
    assert "open-sesame" not in refusal(file)


def test_a_password_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("open-sesame\n")
    settings = CloudSettings.model_validate({"mqtt": {"password_file": tmp_path / "secret"}})
    assert settings.mqtt.secret() == "open-sesame"
    assert CloudSettings().mqtt.secret() is None


def test_a_password_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    settings = CloudSettings.model_validate({"mqtt": {"password_file": tmp_path / "absent"}})
    with pytest.raises(ConfigurationError, match=r"mqtt\.password_file: .*absent cannot be read"):
        settings.mqtt.secret()


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings(None).mqtt.port = 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[http]\ncert_file = 'c.pem'", "cert_file and key_file belong together"),
        ("[http]\ncert_file = 'c.pem'\nkey_file = 'k.pem'", "give its https address"),
        ("[http]\nmetrics_token = 'a'\nmetrics_token_file = 'b'", "keep one of them"),
        ("[mqtt]\nhost = '192.0.2.1'", "ca_file is not given"),
    ],
)
def test_what_would_travel_readable_is_refused(file: Path, text: str, sentence: str) -> None:
    file.write_text(text)
    with pytest.raises(ConfigurationError, match=sentence):
        load_settings(file)


def test_a_token_for_metrics_that_could_be_guessed_is_refused(file: Path) -> None:
    assert load_settings(None).http.metrics_secret() is None
    file.write_text("[http]\nmetrics_token = 'secret'")
    with pytest.raises(ConfigurationError, match="too short"):
        load_settings(file).http.metrics_secret()


@pytest.mark.parametrize(
    ("text", "ways"),
    [
        ("", []),
        ("[mqtt]\nhost = '192.168.1.2'\ninsecure = true", ["mqtt"]),
        ("[http]\nhost = '0.0.0.0'", ["http"]),
        (
            "[http]\nhost = '0.0.0.0'\npublic_url = 'https://x.org'\ncert_file = 'c'\nkey_file = 'k'",
            [],
        ),
        ("series_url = 'influx+http://influxdb:8086'", ["series_url"]),
        ("series_url = 'influx+https://influxdb:8086'", []),
        ("series_url = 'influx+http://127.0.0.1:8086'", []),
        ("database_url = 'postgresql://me:word@db.example/carewire'", ["database_url"]),
        ("database_url = 'postgresql://me:word@db.example/carewire?sslmode=verify-full'", []),
    ],
)
def test_ways_others_could_read_along_are_told_without_secrets(
    file: Path, text: str, ways: list[str]
) -> None:
    file.write_text(text)
    told = load_settings(file).readable_ways()
    assert [way.partition(":")[0] for way in told] == ways
    assert "word" not in str(told)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("url = 'hc-ping.com/1'", "heartbeat: url is no address"),
        ("url = 'https://a.example/1'\nurl_file = '/run/url'", "keep one of them"),
        ("fail_url = 'https://a.example/1'", "fail_url without url"),
        ("url = 'https://a.example/1'\nfail_url = 'no'", "fail_url is no address"),
        ("url = 'https://a.example/1'\nevery_s = 0", "every_s"),
    ],
)
def test_a_check_outside_that_cannot_be_asked_for_is_refused(file: Path, text: str, sentence: str) -> None:
    file.write_text(f"[heartbeat]\n{text}\n")
    with pytest.raises(ConfigurationError) as error:
        load_settings(file)
    assert sentence in str(error.value)
    assert "a.example" not in str(error.value), "whoever knows the address can pretend to be us"


def test_the_address_of_the_check_outside_is_kept_as_a_secret_and_read_from_its_file(tmp_path: Path) -> None:
    address = tmp_path / "address"
    address.write_text("https://a.example/hush\n")
    settings = CloudSettings(heartbeat=HeartbeatSettings(url_file=address))
    assert settings.heartbeat.address() == "https://a.example/hush"
    assert "hush" not in repr(CloudSettings(heartbeat=HeartbeatSettings(url=address.read_text().strip())))
    assert CloudSettings().heartbeat.address() is None
    address.write_text("nothing of the kind")
    with pytest.raises(ConfigurationError, match="no address"):
        settings.heartbeat.address()


def test_proxies_are_networks_and_nothing_else() -> None:
    assert [str(each) for each in HttpSettings(trusted_proxies=("10.0.0.7",)).proxies()] == ["10.0.0.7/32"]
    with pytest.raises(ValueError, match="addresses or networks"):
        HttpSettings(trusted_proxies=("proxy.example.org",))
