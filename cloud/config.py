"""The service's settings: one TOML file, and environment variables that go before it.

`mqtt.port` in the file is `CAREWIRE_CLOUD_MQTT__PORT` in the environment. Secrets belong in the
environment or in files of their own, named by settings such as `mqtt.password_file`.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from vitals.errors import ConfigurationError

PREFIX = "CAREWIRE_CLOUD_"
CONFIG_VARIABLE = "CAREWIRE_CLOUD_CONFIG"

Port = Annotated[int, Field(ge=1, le=65_535)]
HomePath = Annotated[Path, AfterValidator(Path.expanduser)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HttpSettings(_Section):
    """Where pages and the API are served; `public_url` is what links in messages begin with."""

    host: str = "127.0.0.1"
    port: Port = 8080
    public_url: str = Field(default="http://127.0.0.1:8080", pattern=r"^https?://[^\s/]+")


class MqttSettings(_Section):
    """The broker, and who the service is there. One `client_id` is one persistent session."""

    host: str = "127.0.0.1"
    port: Port = 1883
    username: str | None = None
    password: SecretStr | None = None
    password_file: HomePath | None = None
    ca_file: HomePath | None = None
    cert_file: HomePath | None = None
    key_file: HomePath | None = None
    client_id: str = Field(default="carewire-cloud", min_length=1, max_length=64)

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if self.password is not None and self.password_file is not None:
            raise ValueError("password and password_file are both given: keep one of them")
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("cert_file and key_file belong together: give both or neither")
        if self.cert_file is not None and self.ca_file is None:
            raise ValueError("cert_file without ca_file: name the authority that signed the broker")
        return self

    def secret(self) -> str | None:
        """Return the password, read from its file if one is named.

        Raises
        ------
        ConfigurationError
            If the file cannot be read.
        """
        return _secret("mqtt.password_file", self.password, self.password_file)


class InfluxSettings(_Section):
    """Who the service is at InfluxDB, where `series_url` names one; on 1.x `bucket` is the database.

    InfluxDB 2 and 3 know it by a token; 1.x by a user name and password, or lets anybody in.
    """

    org: str = Field(default="carewire", min_length=1)
    bucket: str = Field(default="carewire", min_length=1)
    token: SecretStr | None = None
    token_file: HomePath | None = None
    username: str | None = None
    password: SecretStr | None = None
    password_file: HomePath | None = None

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if self.token is not None and self.token_file is not None:
            raise ValueError("token and token_file are both given: keep one of them")
        if self.password is not None and self.password_file is not None:
            raise ValueError("password and password_file are both given: keep one of them")
        by_token = self.token is not None or self.token_file is not None
        by_password = self.password is not None or self.password_file is not None
        if (self.username is not None) != by_password:
            raise ValueError("username and password belong together: give both or neither")
        if by_token and by_password:
            raise ValueError("a token and a password are both given: 2.x and 3 take a token, 1.x a password")
        return self

    def secret(self) -> str | None:
        """Return the token, or else the password, read from its file if one is named.

        Raises
        ------
        ConfigurationError
            If the file cannot be read.
        """
        return _secret("influx.token_file", self.token, self.token_file) or _secret(
            "influx.password_file", self.password, self.password_file
        )


class ClockSettings(_Section):
    """Speed 1 is the system's clock; a demo runs faster from an anchor all its processes share."""

    speed: float = Field(default=1.0, gt=0, le=100)
    anchor_ms: int = Field(default=0, ge=0)


class LogSettings(_Section):
    """What is logged, and whether a machine or a person reads it."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    json_lines: bool = Field(default=False, alias="json")


class AlertSettings(_Section):
    """When silence becomes an alarm of its own, by the server's receive time."""

    silence_after_s: float = Field(default=120.0, gt=0)
    gateway_silence_after_s: float = Field(default=180.0, gt=0)


class CloudSettings(BaseSettings):
    """Everything `carewire cloud` can be told. Made by `load_settings`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", frozen=True, extra="forbid", hide_input_in_errors=True
    )

    data_dir: HomePath = Path("~/.local/share/carewire/cloud").expanduser()
    database_url: str = Field(
        default_factory=lambda data: _sqlite_url(data, "carewire.db"),
        pattern=r"^(sqlite|postgresql)[+a-z0-9]*:",
    )
    series_url: str = Field(
        default_factory=lambda data: _sqlite_url(data, "series.db"), pattern=r"^(sqlite|influx\+https?):"
    )
    http: HttpSettings = HttpSettings()
    mqtt: MqttSettings = MqttSettings()
    clock: ClockSettings = ClockSettings()
    log: LogSettings = LogSettings()
    alerts: AlertSettings = AlertSettings()
    influx: InfluxSettings = InfluxSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic-settings calls this by name
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - likewise
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - likewise
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment go before the file, whose content is the initial values."""
        return env_settings, init_settings


def load_settings(path: Path | None = None) -> CloudSettings:
    """Read the settings file at `path`, or the one `CAREWIRE_CLOUD_CONFIG` names, or none.

    Raises
    ------
    ConfigurationError
        Naming the file or variable, the key, and what to do; one sentence a problem.
    """
    named = os.environ.get(CONFIG_VARIABLE)
    file = path or (Path(named) if named else None)
    _refuse_unknown_variables(os.environ)
    content = _read_toml(file) if file else {}
    try:
        return CloudSettings(**content)
    except ValidationError as error:
        problems = (_sentence(detail, file) for detail in error.errors(include_url=False))
        raise ConfigurationError("\n".join(problems)) from error
    except ValueError as error:  # pydantic-settings: a variable that should be JSON and is not
        raise ConfigurationError(
            f"environment: {error}; set single keys, such as {PREFIX}MQTT__HOST"
        ) from error


def _secret(key: str, given: SecretStr | None, file: Path | None) -> str | None:
    if file is None:
        return given.get_secret_value() if given else None
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{key}: {file} cannot be read ({error}); create it, readable by this service alone"
        ) from error


def _sqlite_url(data: Mapping[str, Any], name: str) -> str:
    return f"sqlite:///{data.get('data_dir', Path())}/{name}"


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(
            f"{file}: cannot be read ({error.strerror}); give the path of a TOML file"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file}: is not TOML ({error}); correct that line") from error


def _refuse_unknown_variables(environment: Mapping[str, str]) -> None:
    known = {f"{PREFIX}{name.upper()}" for name in CloudSettings.model_fields} | {CONFIG_VARIABLE}
    for variable in sorted(environment):
        if variable.upper().startswith(PREFIX) and variable.upper().split("__")[0] not in known:
            raise ConfigurationError(
                f"environment: {variable} is no setting; remove it or use one of {', '.join(sorted(known))}"
            )


_ADVICE = MappingProxyType(
    {
        "extra_forbidden": "is no setting; remove it or correct its name",
        "missing": "is missing; add it",
    }
)


def _sentence(detail: ErrorDetails, file: Path | None) -> str:
    key = ".".join(str(part) for part in detail["loc"]) or "settings"
    variable = PREFIX + "__".join(str(part).upper() for part in detail["loc"])
    place = f"environment variable {variable}" if variable in os.environ else str(file or "defaults")
    says = detail["msg"].removeprefix("Value error, ").rstrip(".")
    return f"{place}: {key}: {_ADVICE.get(detail['type'], f'{says}; correct this value')}"
