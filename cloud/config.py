"""The service's settings: what `vitals.settings` reads from a TOML file and `CAREWIRE_CLOUD_*`."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Final, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from cloud.channel_settings import AppriseSettings, EmailSettings, WebhookSettings, WebPushSettings
from cloud.openid_settings import OpenIdSettings
from cloud.ports import BookRetention, Retention
from cloud.sealing.key_place import KeyPlace
from vitals.errors import ConfigurationError
from vitals.settings import (
    ClockSection,
    HomePath,
    LogSection,
    MqttSection,
    Port,
    Section,
    Settings,
    is_loopback,
    load,
    secret,
)
from vitals.signature import RELEASE_KEYS

_MOST_DAYS: Final = 36_525
FEWEST_TOKEN_LETTERS: Final = 32


class HttpSettings(Section):
    """Where pages and the API are served; `public_url` is what links in messages begin with.

    With a certificate and its key the service speaks TLS itself; without, what stands in front of it does.
    """

    host: str = "127.0.0.1"
    port: Port = 8080
    public_url: str = Field(default="http://127.0.0.1:8080", pattern=r"^https?://[^\s/]+")
    cert_file: HomePath | None = None
    """The certificate, and after it those between it and its authority."""
    key_file: HomePath | None = None
    metrics_token: SecretStr | None = None
    """What a program that collects metrics sends as a bearer token; unset, none may."""
    metrics_token_file: HomePath | None = None
    trusted_proxies: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    """Proxies in front whose X-Forwarded-For is believed: unless told, those on this machine."""

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("cert_file and key_file belong together: give both or neither")
        if self.cert_file is not None and self.public_url.startswith("http:"):
            raise ValueError("cert_file is given and public_url is plain http: give its https address")
        if self.metrics_token is not None and self.metrics_token_file is not None:
            raise ValueError("metrics_token and metrics_token_file are both given: keep one of them")
        return self

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return tuple(str(ip_network(each)) for each in given)
        except ValueError:
            raise ValueError("trusted_proxies: give addresses or networks, such as 10.0.0.0/24") from None

    def proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """Return the networks of the proxies that are believed."""
        return tuple(ip_network(each) for each in self.trusted_proxies)

    def metrics_secret(self) -> str | None:
        """Return the token for metrics, read from its file if one is named.

        Raises
        ------
        ConfigurationError
            If the file cannot be read, or what it holds could be guessed.
        """
        token = secret("http.metrics_token_file", self.metrics_token, self.metrics_token_file)
        if token is not None and len(token) < FEWEST_TOKEN_LETTERS:
            raise ConfigurationError(
                f"http.metrics_token is too short: give at least {FEWEST_TOKEN_LETTERS} characters, "
                "such as `openssl rand -hex 32` prints"
            )
        return token


class SignInSettings(Section):
    """How people prove who they are, and for how long they are believed.

    The cost of a password has a floor (OWASP's): below it a stolen database is guessed through.
    """

    key_file: HomePath | None = None
    """The door key, which every process of the service shares; unset, `door.key` in `data_dir`."""
    memory_mib: int = Field(default=64, ge=19, le=1024)
    passes: int = Field(default=3, ge=2, le=20)
    idle_h: float = Field(default=12.0, gt=0, le=24 * 30)
    """Without a use a browser is signed out after so long."""
    most_days: float = Field(default=30.0, gt=0, le=400)
    kept_idle_days: float = Field(default=30.0, gt=0, le=400)
    """The same on a device of one's own, where somebody asked to stay signed in."""
    kept_most_days: float = Field(default=180.0, gt=0, le=400)


class EmergencySettings(Section):
    """How often a clinician may open a record without a grant, and whom to call beyond that."""

    most_a_day: int = Field(default=10, ge=1, le=1_000)
    call: str = Field(default="an administrator of this service", min_length=1, max_length=200)
    """Completes "call ...", such as "the duty manager, 030 1234567"."""


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
    timeout_s: float = Field(default=10.0, ge=0.1, le=300.0)
    """An answer that takes longer is none: nothing is acknowledged, and gateways send again."""
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
    tellings: int = Field(default=400, ge=0, le=_MOST_DAYS)
    """To whom alerts were handed, and what became of it."""
    commands: int = Field(default=90, ge=0, le=_MOST_DAYS)
    silences: int = Field(default=400, ge=0, le=_MOST_DAYS)
    sign_ins: int = Field(default=30, ge=0, le=_MOST_DAYS)
    """Sessions, links and attempts, once they are over."""

    @model_validator(mode="after")
    def _sums_outlive_what_they_sum_up(self) -> Self:
        lasting = [days or _MOST_DAYS + 1 for days in (self.points, self.minutes, self.hours)]
        if lasting != sorted(lasting):
            raise ValueError("points, minutes and hours: what is coarser is kept longer; correct the numbers")
        return self

    def retention(self) -> Retention:
        """Return it as the store is told: `None` for what is kept for ever."""
        return Retention(**self._as(Retention))

    def books(self) -> BookRetention:
        """Return as much of it as is about the relational database."""
        return BookRetention(**self._as(BookRetention))

    def _as(self, kind: type[Retention | BookRetention]) -> dict[str, int | None]:
        names = {field.name for field in fields(kind)}
        return {f"{sort}_days": days or None for sort, days in self if f"{sort}_days" in names}


class BackupSettings(Section):
    """Where `carewire cloud backup` puts them unless told, how many stay, how often one is due.

    With a folder, health is red once the newest backup there is half as old again as it should be.
    """

    folder: HomePath | None = None
    keep: int = Field(default=14, ge=1)
    every_h: float = Field(default=24.0, gt=0)
    erased_after_days: int = Field(default=30, ge=0)
    """So long after somebody was erased, older backups, and all copies of them, open no more."""


class LedgerSettings(Section):
    """Where the key is that signs the ledger's heads, and how often one is signed, in real seconds."""

    key_file: HomePath | None = None
    """Unset, `ledger-key.pem` in `data_dir`, made at the first start: keep a copy apart from the backups."""
    head_every_s: float = Field(default=60.0, ge=1.0, le=86_400.0)


class KeysSettings(Section):
    """Where the master key is: outside of the databases and of their backups, readable by the service alone.

    Give `master` or `master_file` where something else keeps secrets, such as systemd's credentials.
    """

    folder: HomePath | None = None
    """Where the master key lies, and which patients were erased; unset, `keys` in `data_dir`."""
    master: SecretStr | None = None
    master_file: HomePath | None = None

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if self.master is not None and self.master_file is not None:
            raise ValueError("master and master_file are both given: keep one of them")
        return self

    def given(self) -> str | None:
        """Return the text of the master key where it is no file of the folder.

        Raises
        ------
        ConfigurationError
            If the file cannot be read.
        """
        return secret("keys.master_file", self.master, self.master_file)


class GatewaySettings(Section):
    """How gateways are let in: the authority that certifies them, and the broker that is told of it."""

    authority_dir: HomePath | None = None
    """Where `carewire cloud authority init` put the authority; unset, `authority` in `data_dir`."""
    authority_passphrase: SecretStr | None = None
    authority_passphrase_file: HomePath | None = None
    certificate_days: int = Field(default=90, ge=2, le=825)
    broker_host: str | None = Field(default=None, min_length=1)
    """As gateways reach the broker; unset, the host of `http.public_url`."""
    broker_port: Port = 8883
    broker_folder: HomePath | None = None
    """A folder the broker reads its access rules and revoked certificates from; unset, nothing is written."""

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if self.authority_passphrase is not None and self.authority_passphrase_file is not None:
            raise ValueError(
                "authority_passphrase and authority_passphrase_file are both given: keep one of them"
            )
        return self

    def passphrase(self) -> str | None:
        """Return what the authority's key is sealed with, read from its file if one is named.

        Raises
        ------
        ConfigurationError
            If the file cannot be read.
        """
        return secret(
            "gateways.authority_passphrase_file", self.authority_passphrase, self.authority_passphrase_file
        )


class HeartbeatSettings(Section):
    """The check outside that alarms when it is not asked for; without an address there is none.

    Whoever knows the address can pretend to be us, so it is kept as a secret is.
    """

    url: SecretStr | None = None
    """Asked for after each interval in which alerting went round."""
    url_file: HomePath | None = None
    fail_url: SecretStr | None = None
    """Asked for while alerting is in trouble; unset, the address above followed by /fail."""
    every_s: float = Field(default=60.0, ge=1.0, le=3_600.0)
    """In real seconds; the check is given a little more grace than three of them."""
    timeout_s: float = Field(default=10.0, ge=0.1, le=60.0)

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if self.url is not None and self.url_file is not None:
            raise ValueError("url and url_file are both given: keep one of them")
        if self.fail_url is not None and self.url is None and self.url_file is None:
            raise ValueError("fail_url without url: give the address that is asked for while all is well")
        for name, given in (("url", self.url), ("fail_url", self.fail_url)):
            if given is not None and not _is_web_address(given.get_secret_value()):
                raise ValueError(f"{name} is no address: give one like https://hc-ping.com/...")
        return self

    def address(self) -> str | None:
        """Return the address, read from its file if one is named.

        Raises
        ------
        ConfigurationError
            If the file cannot be read, or holds no address.
        """
        address = secret("heartbeat.url_file", self.url, self.url_file)
        if address is not None and not _is_web_address(address):
            raise ConfigurationError("heartbeat.url_file: that is no address: give one like https://...")
        return address

    def failing(self) -> str | None:
        """Return the address for trouble, where it is not made of the other."""
        return None if self.fail_url is None else self.fail_url.get_secret_value()


def _is_web_address(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


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
    sign_in: SignInSettings = SignInSettings()
    emergency: EmergencySettings = EmergencySettings()
    mqtt: MqttSettings = MqttSettings()
    clock: ClockSection = ClockSection()
    log: LogSection = LogSection()
    influx: InfluxSettings = InfluxSettings()
    retention: RetentionSettings = RetentionSettings()
    backup: BackupSettings = BackupSettings()
    keys: KeysSettings = KeysSettings()
    heartbeat: HeartbeatSettings = HeartbeatSettings()
    ledger: LedgerSettings = LedgerSettings()
    gateways: GatewaySettings = GatewaySettings()
    email: EmailSettings = EmailSettings()
    web_push: WebPushSettings = WebPushSettings()
    webhook: WebhookSettings = WebhookSettings()
    apprise: AppriseSettings = AppriseSettings()
    openid: OpenIdSettings = OpenIdSettings()
    time_zone: str | None = None
    """Where patients live, such as Europe/Berlin: their nights are of it. Unset, the machine's."""
    models: HomePath | None = None
    """The folder of models; unset, that of those which ship with the program."""
    model_keys: tuple[str, ...] = RELEASE_KEYS
    """Public keys in hexadecimal, one of which must have signed a model."""
    release_keys: tuple[Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")], ...] = ()
    """What `carewire cloud release-key show` prints: whose releases the gateways here take."""

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, name: str | None) -> str | None:
        try:
            return name if name is None or ZoneInfo(name) else None
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError("no such time zone: give a name like Europe/Berlin") from None

    def readable_ways(self) -> tuple[str, ...]:
        """Return, in words, where others on the network could read along."""
        return tuple(way.format(self) for is_readable, way in _READABLE_WAYS if is_readable(self))

    def key_place(self) -> KeyPlace:
        """Return where the master key is.

        Raises
        ------
        ConfigurationError
            If a file that is to give it cannot be read.
        """
        return KeyPlace(folder=self.keys.folder or self.data_dir / "keys", given=self.keys.given())

    def door_key_file(self) -> Path:
        """Return where the key is that second factors are sealed and names at the door are hashed by."""
        return self.sign_in.key_file or self.data_dir / "door.key"

    def zone(self) -> ZoneInfo | None:
        """Return the time zone of patients; None: that of the machine."""
        return None if self.time_zone is None else ZoneInfo(self.time_zone)

    def authority_dir(self) -> Path:
        """Return the folder of the authority that certifies gateways, whether it is there or not."""
        return self.gateways.authority_dir or self.data_dir / "authority"

    def models_dir(self) -> Path:
        """Return the folder of models, whether it is there or not; none of the code beside it is imported."""
        spec = find_spec("models")
        shipped = Path(spec.origin).parent if spec and spec.origin else Path("models")
        return self.models or shipped / "artifacts"


_READABLE_WAYS: Final[tuple[tuple[Callable[[CloudSettings], bool], str], ...]] = (
    (
        lambda settings: settings.mqtt.is_readable_on_the_way,
        "mqtt: no TLS to the broker at {0.mqtt.host}: give mqtt.ca_file",
    ),
    (
        lambda settings: settings.http.cert_file is None and not is_loopback(settings.http.host),
        "http: served without TLS on {0.http.host}: give http.cert_file, or let only what adds TLS reach it",
    ),
    (
        lambda settings: settings.series_url.startswith("influx+http:") and _is_beyond(settings.series_url),
        "series_url: no TLS to InfluxDB: give influx+https:, or keep it on a network of this machine alone",
    ),
    (
        lambda settings: (
            settings.database_url.startswith("postgresql")
            and _is_beyond(settings.database_url)
            and "sslmode=" not in settings.database_url
        ),
        "database_url: TLS to PostgreSQL is not insisted on: add ?sslmode=verify-full",
    ),
)


def _is_beyond(url: str) -> bool:
    """Tell whether a store stands on another machine, or seems to: a container's name is one, too."""
    host = urlsplit(url).hostname
    return host is not None and not is_loopback(host)


def load_settings(path: Path | None = None) -> CloudSettings:
    """Read the service's settings; `ConfigurationError` says what is wrong and what to do."""
    return load(CloudSettings, path)
