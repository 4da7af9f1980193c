"""The service's settings: what `vitals.settings` reads from a TOML file and `CAREWIRE_CLOUD_*`."""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from cloud.ports import Retention
from vitals.settings import (
    ClockSection,
    HomePath,
    LogSection,
    MqttSection,
    Port,
    Section,
    Settings,
    load,
    secret,
)
from vitals.signature import RELEASE_KEYS

_MOST_DAYS: Final = 36_525


class HttpSettings(Section):
    """Where pages and the API are served; `public_url` is what links in messages begin with."""

    host: str = "127.0.0.1"
    port: Port = 8080
    public_url: str = Field(default="http://127.0.0.1:8080", pattern=r"^https?://[^\s/]+")


class MqttSettings(MqttSection):
    """The broker, and who the service is there. One `client_id` is one persistent session."""

    client_id: str = Field(default="carewire-cloud", min_length=1, max_length=64)


class InfluxSettings(Section):
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
        return secret("influx.token_file", self.token, self.token_file) or secret(
            "influx.password_file", self.password, self.password_file
        )


class RetentionSettings(Section):
    """For how many days each sort of data is kept; 0 is for ever.

    A wearer's points come to about a megabyte a day, their minutes to a tenth of that, their hours to almost
    nothing; an ECG that is sent all day, to twenty. So single values are kept for a year and a season, to be
    compared with the year before, strips for a season, and what is small for years, or for ever.
    """

    points: int = Field(default=400, ge=0, le=_MOST_DAYS)
    minutes: int = Field(default=5 * 366, ge=0, le=_MOST_DAYS)
    hours: int = Field(default=0, ge=0, le=_MOST_DAYS)
    strips: int = Field(default=90, ge=0, le=_MOST_DAYS)
    events: int = Field(default=0, ge=0, le=_MOST_DAYS)
    reports: int = Field(default=90, ge=0, le=_MOST_DAYS)
    quarantine: int = Field(default=400, ge=0, le=_MOST_DAYS)

    @model_validator(mode="after")
    def _sums_outlive_what_they_sum_up(self) -> Self:
        lasting = [days or _MOST_DAYS + 1 for days in (self.points, self.minutes, self.hours)]
        if lasting != sorted(lasting):
            raise ValueError("points, minutes and hours: what is coarser is kept longer; correct the numbers")
        return self

    def retention(self) -> Retention:
        """Return it as the store is told: `None` for what is kept for ever."""
        return Retention(**{f"{sort}_days": days or None for sort, days in self})


class BackupSettings(Section):
    """Where `carewire cloud backup` puts them unless told, how many stay, how often one is due.

    With a folder, health is red once the newest backup there is half as old again as it should be.
    """

    folder: HomePath | None = None
    keep: int = Field(default=14, ge=1)
    every_h: float = Field(default=24.0, gt=0)


def _sqlite_url(data: Mapping[str, Any], name: str) -> str:
    return f"sqlite:///{data.get('data_dir', Path())}/{name}"


class CloudSettings(Settings):
    """Everything `carewire cloud` can be told. Made by `load_settings`."""

    model_config = SettingsConfigDict(
        env_prefix="CAREWIRE_CLOUD_",
        env_nested_delimiter="__",
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
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
    clock: ClockSection = ClockSection()
    log: LogSection = LogSection()
    influx: InfluxSettings = InfluxSettings()
    retention: RetentionSettings = RetentionSettings()
    backup: BackupSettings = BackupSettings()
    time_zone: str | None = None
    """Where patients live, such as Europe/Berlin: their nights are of it. Unset, the machine's."""
    models: HomePath | None = None
    """The folder of models; unset, that of those which ship with the program."""
    model_keys: tuple[str, ...] = RELEASE_KEYS
    """Public keys in hexadecimal, one of which must have signed a model."""

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, name: str | None) -> str | None:
        try:
            return name if name is None or ZoneInfo(name) else None
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError("no such time zone: give a name like Europe/Berlin") from None

    def zone(self) -> ZoneInfo | None:
        """Return the time zone of patients; None: that of the machine."""
        return None if self.time_zone is None else ZoneInfo(self.time_zone)

    def models_dir(self) -> Path:
        """Return the folder of models, whether it is there or not; none of the code beside it is imported."""
        spec = find_spec("models")
        shipped = Path(spec.origin).parent if spec and spec.origin else Path("models")
        return self.models or shipped / "artifacts"


def load_settings(path: Path | None = None) -> CloudSettings:
    """Read the service's settings; `ConfigurationError` says what is wrong and what to do."""
    return load(CloudSettings, path)
