"""The gateway's settings: what `vitals.settings` reads from a TOML file and `CAREWIRE_EDGE_*`."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from edge.alarms.standing_alarms import SignalPolicy
from edge.link.profiles import PROFILES
from vitals.errors import ConfigurationError
from vitals.settings import (
    ClockSection,
    HomePath,
    LogSection,
    MqttSection,
    Overlay,
    Port,
    Section,
    Settings,
    is_loopback,
    load,
    read_toml,
    secret,
)
from vitals.signature import RELEASE_KEYS
from vitals.wire.topics import GATEWAY_ID

__all__ = ["DeviceSettings", "EdgeSettings", "device_id", "identity_folder", "load_settings"]


IDENTITY_DIR: Final = "identity"
"""Beside the outbox: what `carewire edge enrol` was given."""


def device_id(address: str) -> str:
    """Return the id of the device at a Bluetooth address: "C0:00:00:00:00:01" is "c0-00-00-00-00-01"."""
    return address.lower().replace(":", "-")


def _known_profile(value: str) -> str:
    if value not in PROFILES:
        raise ValueError(f"must be one of {', '.join(PROFILES)}")
    return value


Bond = Literal["required", "if-asked", "never"]
BondRenewal = Literal["by-itself", "by-hand"]


FEWEST_CODE_LETTERS: Final = 8
"""Of a page's access code: at twenty tries a minute, eight digits take years."""


class DeviceSettings(Section):
    """A wearable this gateway serves."""

    address: Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$")]
    name: str | None = None
    profile: Annotated[str, AfterValidator(_known_profile)] = "chest-strap"
    """What sort of wearable it is: a row of `edge.link.profiles`."""
    bond: Bond = "if-asked"
    """Whether it is bonded with: before anything is read, once it refuses without a bond, or not at all."""
    bond_renewal: BondRenewal = "by-itself"
    """Who makes a bond anew that the wearable does not know any more: the gateway, or only a person."""
    ecg: bool = True
    """Whether it streams its signals; a strap that only counts beats does not."""

    @model_validator(mode="after")
    def _has_something_to_say(self) -> Self:
        row = PROFILES[self.profile]
        if not self.ecg and not row.needs:
            raise ValueError(f"a {row.name} has nothing but its signals: leave ecg = false out")
        return self

    @property
    def id(self) -> str:
        """What records call it."""
        return device_id(self.address)


class RadioSettings(Section):
    """How patient the gateway is with Bluetooth; real seconds, whatever the clock's speed.

    What one round of the radio's loop waits for has a limit: its deadline is in `edge.supervision`.
    """

    adapter: str | None = None
    scan_s: Annotated[float, Field(gt=0, le=120)] = 10.0
    scan_rest_s: Annotated[float, Field(gt=0, le=120)] = 2.0
    connect_s: Annotated[float, Field(gt=0, le=120)] = 20.0
    request_s: Annotated[float, Field(gt=0, le=20)] = 5.0
    silence_s: Annotated[float, Field(gt=0)] = 10.0
    first_pause_s: Annotated[float, Field(gt=0)] = 0.5
    longest_pause_s: Annotated[float, Field(gt=0, le=120)] = 60.0
    pair_s: Annotated[float, Field(gt=0)] = 30.0
    fetch_s: Annotated[float, Field(gt=0)] = 120.0
    """How long a wearable may take to report all that it has stored."""
    settled_s: Annotated[float, Field(gt=0)] = 30.0
    """A link that held this long was good: whatever failed before is forgotten."""
    visit_rest_s: Annotated[float, Field(gt=0)] = 30.0
    """How long a wearable that has delivered, and stays near, is left alone."""
    scanner_silence_s: Annotated[float, Field(gt=0)] = 300.0
    """How long nobody at all may advertise before the scanner itself is doubted."""
    most_devices: Annotated[int, Field(ge=1)] = 7
    """How many connections the adapter holds at once; more wearables than that take turns."""
    most_adopted: Annotated[int, Field(ge=1)] = 32
    lease_s: Annotated[float, Field(gt=0)] = 300.0
    """How long a wearable keeps its connection while another waits for one."""
    notify: Literal["start", "acquire"] = "start"
    """How BlueZ is asked for notifications: StartNotify, or AcquireNotify's socket."""
    lock_dir: Path | None = None
    """Where gateways on one computer see who has which adapter; unset, /run/lock or the like."""


class HttpSettings(Section):
    """The service's own address, for when there is no broker to be had; without a `url`, no such way."""

    url: str | None = None
    """Such as https://care.example.org; plain http to this machine alone."""
    token: SecretStr | None = None
    token_file: HomePath | None = None
    """What `carewire cloud gateway add` printed."""
    ca_file: HomePath | None = None
    """The authority that signed the service; unset, those this computer trusts."""

    @model_validator(mode="after")
    def _goes_safely_or_not_at_all(self) -> Self:
        if self.url is None:
            if self.token is not None or self.token_file is not None or self.ca_file is not None:
                raise ValueError("there is no url: give the address of the service, or leave the rest out")
            return self
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
            raise ValueError("url is no address of a service: give one like https://care.example.org")
        if parts.scheme == "http" and not is_loopback(parts.hostname):
            raise ValueError(
                "url is plain http beyond this machine, where anybody could read the token: give https"
            )
        if (self.token is None) == (self.token_file is None):
            raise ValueError("url needs this gateway's token: give either token or token_file")
        return self

    def secret(self) -> str:
        """Return the token, read from its file if one is named.

        Raises
        ------
        ConfigurationError
            The file cannot be read, or what it holds is no token.
        """
        token = secret("http.token_file", self.token, self.token_file) or ""
        if re.fullmatch(r"[A-Za-z0-9_-]{32,200}", token) is None:
            raise ConfigurationError(
                "http.token: that is no token: give what `carewire cloud gateway add` printed"
            )
        return token


class OutboxSettings(Section):
    """How much may wait for the cloud."""

    max_bytes: Annotated[int, Field(ge=1 << 20)] = 1 << 30


class RingSettings(Section):
    """How much of the raw waveforms is kept here, and what around an event is sent in any case."""

    hours: Annotated[float, Field(gt=0, le=24 * 366)] = 24.0
    max_bytes: Annotated[int, Field(ge=1 << 20)] = 512 << 20
    keep_free_bytes: Annotated[int, Field(ge=0)] = 128 << 20
    """What the ring leaves of the disk to others, the outbox above all."""
    write_every_s: Annotated[float, Field(gt=0, le=600)] = 30.0
    """How long strips gather before they are written together: what a kill may cost."""
    before_event_s: Annotated[float, Field(ge=0, le=300)] = 30.0
    after_event_s: Annotated[float, Field(ge=0, le=300)] = 30.0


class ConfigurationSettings(Section):
    """How settings and models given from afar are tried; real seconds, whatever the wall clock says."""

    confirm_s: Annotated[float, Field(ge=1)] = 600.0
    """Within this time all must go as well as before, or what was before comes back."""
    settle_s: Annotated[float, Field(ge=0)] = 60.0
    """For how long all must stay well."""
    shadow_s: Annotated[float, Field(ge=0, le=86_400)] = 600.0
    """For how long a model is asked beside the one in use, and heard by nobody, before it takes its place."""

    @model_validator(mode="after")
    def _has_time_to_settle(self) -> Self:
        if self.settle_s >= self.confirm_s:
            raise ValueError("settle_s is no less than confirm_s: nothing could prove good; give less")
        return self


class TrustSettings(Section):
    """From whom settings and models are taken that come from afar; without a key, from nobody."""

    release_keys: tuple[Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")], ...] = ()
    """What `carewire cloud release-key show` prints; written at enrolment."""
    alarms_from_afar: bool = False
    """This home's consent that what alarms it may be set from afar."""


class AlarmSettings(Section):
    """How alarms are seen and heard beside the gateway, and when those of the wearers are."""

    health: SignalPolicy = SignalPolicy.WHEN_CLOUD_SILENT
    command: tuple[str, ...] = ()
    """A program and its arguments, run for each sound; never through a shell."""
    command_limit_s: Annotated[float, Field(gt=0, le=60)] = 10.0
    led: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9:._-]*$")] | None = None
    """A name under /sys/class/leds."""
    watch_alerting: bool = True
    """Alarm here when the cloud's alerting is not heard any more, once it was heard."""
    alerting_silent_s: Annotated[float, Field(ge=60, le=3600)] = 120.0
    """For how long that is borne, in real seconds: eight times it was not said."""
    alerting_long_s: Annotated[float, Field(ge=60, le=86_400)] = 600.0
    """After how long the alarm sounds, and not only shines."""

    @model_validator(mode="after")
    def _grows_more_urgent(self) -> Self:
        if self.alerting_long_s < self.alerting_silent_s:
            raise ValueError("alerting_long_s is less than alerting_silent_s: give the same or more")
        return self


class PageSettings(Section):
    """The page on this home's own network; it is off until somebody chooses a code."""

    enabled: bool = False
    host: str = "127.0.0.1"
    """The address to listen on: 0.0.0.0 for the whole network of the home."""
    port: Port = 8780
    code: Annotated[SecretStr, Field(min_length=FEWEST_CODE_LETTERS)] | None = None
    code_file: HomePath | None = None

    @model_validator(mode="after")
    def _has_one_code(self) -> Self:
        if self.enabled and (self.code is None) == (self.code_file is None):
            raise ValueError("the page needs an access code: give either code or code_file")
        return self

    def access_code(self) -> str:
        """Return the code that opens the page, read from its file if one is named.

        Raises
        ------
        ConfigurationError
            The file cannot be read, or its code is too short.
        """
        code = secret("page.code_file", self.code, self.code_file) or ""
        if len(code) < FEWEST_CODE_LETTERS:
            raise ConfigurationError(
                f"page.code_file: its code is too short; write at least {FEWEST_CODE_LETTERS} characters"
            )
        return code


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
    runtime_dir: HomePath | None = None
    """Where small files lie that a restart may take, such as in /run; unset, in `data_dir`."""
    devices: tuple[DeviceSettings, ...] = ()
    adopt: bool = False
    """Serve any strap that advertises itself: for demonstrations only."""
    ecg_rate_hz: Annotated[int, Field(ge=125, le=360)] = 130
    models: HomePath | None = None
    """A folder that holds a folder for each model; unset, the models that ship with the program."""
    model_keys: tuple[str, ...] = RELEASE_KEYS
    """Public keys, in hexadecimal, one of which must have signed a model before it may judge anybody."""
    ledger_key: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """The public key of the cloud's ledger; unset, that of the first head it gives is trusted from then."""
    mqtt: MqttSection = MqttSection()
    http: HttpSettings = HttpSettings()
    radio: RadioSettings = RadioSettings()
    outbox: OutboxSettings = OutboxSettings()
    waveforms: Literal["all", "events"] = "all"
    """Which waveforms are sent as they come; the others wait in the ring to be asked for."""
    ring: RingSettings = RingSettings()
    configuration: ConfigurationSettings = ConfigurationSettings()
    trust: TrustSettings = TrustSettings()
    alarms: AlarmSettings = AlarmSettings()
    page: PageSettings = PageSettings()
    clock: ClockSection = ClockSection()
    log: LogSection = LogSection()

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if not self.devices and not self.adopt:
            raise ValueError(
                "no wearable is allowed: list them as [[devices]] with an address, "
                "or set adopt = true for a demonstration"
            )
        ids = [row.id for row in self.devices]
        if twice := sorted({each for each in ids if ids.count(each) > 1}):
            raise ValueError(f"devices: {', '.join(twice)} is listed more than once; keep one")
        return self

    @property
    def state_file(self) -> Path:
        """Where the running gateway says how it is."""
        return (self.runtime_dir or self.data_dir) / "state.json"

    @property
    def identity_dir(self) -> Path:
        """Where this gateway's key and certificate lie, if it was let in by a code."""
        return self.data_dir / IDENTITY_DIR

    @property
    def outbox_file(self) -> Path:
        """Where records wait to be acknowledged."""
        return self.data_dir / "outbox.db"


def load_settings(path: Path | None = None, *, over: Overlay | None = None) -> EdgeSettings:
    """Read the gateway's settings; `ConfigurationError` says what is wrong and what to do."""
    return load(EdgeSettings, path, over=over, under=_identity_beneath)


def identity_folder(path: Path | None = None) -> Path:
    """Return where the identity of a gateway lies whose settings need not be complete yet.

    Raises
    ------
    ConfigurationError
        If the file cannot be read, or says nowhere where the gateway keeps what is its own.
    """
    named = os.environ.get("CAREWIRE_EDGE_CONFIG")
    file = path or (Path(named) if named else None)
    found = _identity_of(read_toml(file) if file is not None else {})
    if found is None:
        raise ConfigurationError(
            "data_dir is missing: name the settings with --config, or give CAREWIRE_EDGE_DATA_DIR"
        )
    return found


def _identity_of(content: Mapping[str, Any]) -> Path | None:
    data_dir = os.environ.get("CAREWIRE_EDGE_DATA_DIR") or content.get("data_dir")
    return Path(data_dir).expanduser() / IDENTITY_DIR if isinstance(data_dir, str) else None


def _identity_beneath(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what enrolment wrote down, for the settings to stand on."""
    folder = _identity_of(content)
    file = None if folder is None else folder / "settings.toml"
    return read_toml(file) if file is not None and file.exists() else {}
