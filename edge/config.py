"""The gateway's settings: one TOML file, over which the environment has the last word.

`CAREWIRE_EDGE_MQTT__HOST=broker.example` overrides `host` of `[mqtt]`; `CAREWIRE_EDGE_CONFIG` names the file.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from vitals.clock import ScaledClock
from vitals.errors import ConfigurationError
from vitals.wire.topics import GATEWAY_ID

__all__ = ["DeviceSettings", "EdgeSettings", "MqttSettings", "device_id", "load_settings"]

ENV_PREFIX: Final = "CAREWIRE_EDGE_"
CONFIG_VARIABLE: Final = ENV_PREFIX + "CONFIG"


def device_id(address: str) -> str:
    """Return the id of the device at a Bluetooth address: "C0:00:00:00:00:01" is "c0-00-00-00-00-01"."""
    return address.lower().replace(":", "-")


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MqttSettings(_Table):
    """How the broker is reached; a CA file turns TLS on, a certificate and its key say who this is."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 1883
    username: str | None = None
    password: SecretStr | None = None
    password_file: Path | None = None
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.password and self.password_file:
            raise ValueError("give password or password_file, not both")
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("cert_file and key_file come together")
        return self

    def secret(self) -> str | None:
        """Return the password, from where it is kept."""
        if self.password_file is None:
            return self.password.get_secret_value() if self.password else None
        try:
            return self.password_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ConfigurationError(
                f"mqtt.password_file {self.password_file} cannot be read ({error.strerror}): "
                "let the gateway's user read it"
            ) from error


class DeviceSettings(_Table):
    """A wearable this gateway serves."""

    address: Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$")]
    name: str | None = None
    ecg: bool = True
    """Whether it streams an ECG; a strap that only counts beats does not."""

    @property
    def id(self) -> str:
        """What records call it."""
        return device_id(self.address)


class RadioSettings(_Table):
    """How patient the gateway is with Bluetooth; real seconds, whatever the clock's speed."""

    adapter: str | None = None
    scan_s: Annotated[float, Field(gt=0)] = 10.0
    scan_rest_s: Annotated[float, Field(gt=0)] = 2.0
    connect_s: Annotated[float, Field(gt=0)] = 20.0
    request_s: Annotated[float, Field(gt=0)] = 5.0
    silence_s: Annotated[float, Field(gt=0)] = 10.0
    first_pause_s: Annotated[float, Field(gt=0)] = 0.5
    longest_pause_s: Annotated[float, Field(gt=0)] = 60.0
    most_devices: Annotated[int, Field(ge=1)] = 7


class OutboxSettings(_Table):
    """How much may wait for the cloud."""

    max_bytes: Annotated[int, Field(ge=1 << 20)] = 1 << 30


class ClockSettings(_Table):
    """How fast time passes: 1 but for demonstrations and tests."""

    speed: Annotated[float, Field(gt=0, le=1000)] = 1.0
    anchor_ms: Annotated[int, Field(ge=0)] = 0

    def clock(self) -> ScaledClock:
        """Return the clock these settings describe."""
        return ScaledClock(speed=self.speed, anchor_ms=self.anchor_ms)


class LogSettings(_Table):
    """What is logged, and how."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    json_lines: bool = False


def _legal_gateway_id(value: str) -> str:
    if GATEWAY_ID.fullmatch(value) is None:
        raise ValueError("must be 3 to 40 of a-z, 0-9 and '-'")
    return value


class EdgeSettings(BaseSettings):
    """Everything that may differ between two gateways."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX, env_nested_delimiter="__", frozen=True, extra="forbid"
    )

    gateway_id: Annotated[str, AfterValidator(_legal_gateway_id)]
    data_dir: Path
    devices: tuple[DeviceSettings, ...] = ()
    adopt: bool = False
    """Serve any strap that advertises itself: for demonstrations only."""
    ecg_rate_hz: Annotated[int, Field(ge=125, le=360)] = 130
    model: Path | None = None
    """The rhythm model's manifest; unset, the one that ships with the program."""
    mqtt: MqttSettings = MqttSettings()
    radio: RadioSettings = RadioSettings()
    outbox: OutboxSettings = OutboxSettings()
    clock: ClockSettings = ClockSettings()
    log: LogSettings = LogSettings()

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if not self.devices and not self.adopt:
            raise ValueError(
                "no wearable is allowed: list them as [[devices]] with an address, "
                "or set adopt = true for a demonstration"
            )
        return self

    @property
    def outbox_file(self) -> Path:
        """Where records wait to be acknowledged."""
        return self.data_dir / "outbox.db"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment overrule what the file says."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings


def load_settings(path: Path | None = None) -> EdgeSettings:
    """Read the settings from `path`, or from the file `CAREWIRE_EDGE_CONFIG` names, and the environment.

    Raises
    ------
    ConfigurationError
        The file cannot be read, or a setting is missing, unknown or out of bounds; every fault is named.
    """
    named = os.environ.get(CONFIG_VARIABLE)
    file = path or (Path(named) if named else None)
    _refuse_unknown(os.environ)
    try:
        return EdgeSettings(**(_read(file) if file else {}))
    except ValidationError as error:
        faults = "; ".join(_sentence(fault) for fault in error.errors())
        raise ConfigurationError(
            f"{file or 'the environment'} does not configure a gateway: {faults}"
        ) from error


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file} cannot be read ({error}): name the gateway's TOML file") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{file} is not TOML ({error}): correct that line") from error


def _sentence(fault: Any) -> str:  # noqa: ANN401 - pydantic's own mapping
    where = ".".join(str(part) for part in fault["loc"])
    what = {"missing": "must be set", "extra_forbidden": "is not a setting"}.get(fault["type"], fault["msg"])
    return f"{where} {what}".strip()


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    known = {f"{ENV_PREFIX}{name}".upper() for name in EdgeSettings.model_fields} | {CONFIG_VARIABLE}
    for variable in environment:
        if variable.upper().startswith(ENV_PREFIX) and variable.upper().split("__")[0] not in known:
            raise ConfigurationError(
                f"{variable} is set in the environment but is no setting of the gateway: unset it"
            )
