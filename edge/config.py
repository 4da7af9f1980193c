"""The gateway's settings: what `vitals.settings` reads from a TOML file and `CAREWIRE_EDGE_*`."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_settings import SettingsConfigDict

from vitals.settings import ClockSection, HomePath, LogSection, MqttSection, Section, Settings, load
from vitals.wire.topics import GATEWAY_ID

__all__ = ["DeviceSettings", "EdgeSettings", "device_id", "load_settings"]


def device_id(address: str) -> str:
    """Return the id of the device at a Bluetooth address: "C0:00:00:00:00:01" is "c0-00-00-00-00-01"."""
    return address.lower().replace(":", "-")


class DeviceSettings(Section):
    """A wearable this gateway serves."""

    address: Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$")]
    name: str | None = None
    ecg: bool = True
    """Whether it streams an ECG; a strap that only counts beats does not."""

    @property
    def id(self) -> str:
        """What records call it."""
        return device_id(self.address)


class RadioSettings(Section):
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


class OutboxSettings(Section):
    """How much may wait for the cloud."""

    max_bytes: Annotated[int, Field(ge=1 << 20)] = 1 << 30


def _legal_gateway_id(value: str) -> str:
    if GATEWAY_ID.fullmatch(value) is None:
        raise ValueError("must be 3 to 40 of a-z, 0-9 and '-'")
    return value


class EdgeSettings(Settings):
    """Everything that may differ between two gateways."""

    model_config = SettingsConfigDict(
        env_prefix="CAREWIRE_EDGE_",
        env_nested_delimiter="__",
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
    )

    gateway_id: Annotated[str, AfterValidator(_legal_gateway_id)]
    data_dir: HomePath
    devices: tuple[DeviceSettings, ...] = ()
    adopt: bool = False
    """Serve any strap that advertises itself: for demonstrations only."""
    ecg_rate_hz: Annotated[int, Field(ge=125, le=360)] = 130
    model: Path | None = None
    """The rhythm model's manifest; unset, the one that ships with the program."""
    mqtt: MqttSection = MqttSection()
    radio: RadioSettings = RadioSettings()
    outbox: OutboxSettings = OutboxSettings()
    clock: ClockSection = ClockSection()
    log: LogSection = LogSection()

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


def load_settings(path: Path | None = None) -> EdgeSettings:
    """Read the gateway's settings; `ConfigurationError` says what is wrong and what to do."""
    return load(EdgeSettings, path)
