"""How every application is told what to do: one TOML file, and environment variables that go before it.

`mqtt.port` of the file is `PREFIX_MQTT__PORT` in the environment, and `PREFIX_CONFIG` names the file.
Secrets belong in the environment or in files of their own, named by settings such as
`mqtt.password_file`. Whatever is wrong is one sentence: where, which key, and what to do.
"""

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from vitals.clock import ScaledClock
from vitals.errors import ConfigurationError

Port = Annotated[int, Field(ge=1, le=65_535)]
HomePath = Annotated[Path, AfterValidator(Path.expanduser)]


class Section(BaseModel):
    """A table of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def is_loopback(host: str) -> bool:
    """Tell whether what goes to `host` stays on this machine."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


class MqttSection(Section):
    """How the broker is reached; a CA file turns TLS on, a certificate and its key say who this is.

    Beyond this machine there is nothing without TLS, unless somebody says that it is `insecure` to be so.
    """

    host: str = "127.0.0.1"
    port: Port = 1883
    username: str | None = None
    password: SecretStr | None = None
    password_file: HomePath | None = None
    ca_file: HomePath | None = None
    cert_file: HomePath | None = None
    key_file: HomePath | None = None
    insecure: bool = False
    """Let everything travel readable; it is shown wherever the health of this program is."""

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if self.password is not None and self.password_file is not None:
            raise ValueError("password and password_file are both given: keep one of them")
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("cert_file and key_file belong together: give both or neither")
        if self.cert_file is not None and self.ca_file is None:
            raise ValueError("cert_file without ca_file: name the authority that signed the broker")
        if self.insecure and self.ca_file is not None:
            raise ValueError("insecure = true beside ca_file: leave insecure out, TLS is spoken")
        if self.is_readable_on_the_way and not self.insecure:
            raise ValueError(
                f"{self.host} is beyond this machine and ca_file is not given: name the authority that "
                "signed the broker, so that TLS is spoken; or write insecure = true on a network of your own"
            )
        return self

    @property
    def is_readable_on_the_way(self) -> bool:
        """Whether others on the network could read along."""
        return self.ca_file is None and not is_loopback(self.host)

    def secret(self) -> str | None:
        """Return the password, read from its file if one is named.

        Raises
        ------
        ConfigurationError
            If the file cannot be read.
        """
        return secret("mqtt.password_file", self.password, self.password_file)


class ClockSection(Section):
    """Speed 1 is the system's clock; a demonstration runs faster from an anchor all its processes share."""

    speed: float = Field(default=1.0, gt=0, le=100)
    anchor_ms: int = Field(default=0, ge=0)

    def clock(self) -> ScaledClock:
        """Return the clock these settings describe."""
        return ScaledClock(speed=self.speed, anchor_ms=self.anchor_ms)


class LogSection(Section):
    """What is logged, and whether a machine or a person reads it."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    json_lines: bool = Field(default=False, alias="json")


class Settings(BaseSettings):
    """Everything an application can be told. Made by `load`."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """Settings that go before the file's and after the environment's; `name` says whose they are."""

    name: str
    content: Mapping[str, Any]


S = TypeVar("S", bound=Settings)


def load(
    kind: type[S],
    path: Path | None,
    *,
    over: Overlay | None = None,
    under: Callable[[Mapping[str, Any]], Mapping[str, Any]] = lambda _: {},
) -> S:
    """Read settings from the file at `path`, or the one `PREFIX_CONFIG` names, or from the environment alone.

    A table of `over` is laid into the file's table; any other value of it takes the file's place. Beneath the
    file lies what `under` returns, given what the file says.

    Raises
    ------
    ConfigurationError
        Naming the file or variable, the key, and what to do; one sentence a problem.
    """
    prefix = str(kind.model_config["env_prefix"])
    named = os.environ.get(f"{prefix}CONFIG")
    file = path or (Path(named) if named else None)
    _refuse_unknown_variables(kind, prefix)
    content = read_toml(file) if file else {}
    content = _laid_over(under(content), content)
    try:
        return kind(**_laid_over(content, over.content if over else {}))
    except ValidationError as error:
        problems = (_sentence(detail, file, prefix, over) for detail in error.errors(include_url=False))
        raise ConfigurationError("\n".join(problems)) from error
    except ValueError as error:  # pydantic-settings: a variable that should be JSON and is not
        raise ConfigurationError(
            f"environment: {error}; set single keys, such as {prefix}MQTT__HOST"
        ) from error


def secret(key: str, given: SecretStr | None, file: Path | None) -> str | None:
    """Return a secret as given, or from the file that setting `key` names.

    Raises
    ------
    ConfigurationError
        If the file cannot be read.
    """
    if file is None:
        return given.get_secret_value() if given else None
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{key}: {file} cannot be read ({error}); create it, readable by this service alone"
        ) from error


def _laid_over(content: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    laid = {**content, **over}
    for key in content.keys() & over.keys():
        if isinstance(content[key], dict) and isinstance(over[key], dict):
            laid[key] = _laid_over(content[key], over[key])
    return laid


def read_toml(file: Path) -> dict[str, Any]:
    """Return what a TOML file says.

    Raises
    ------
    ConfigurationError
        If it cannot be read, or is none.
    """
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(
            f"{file}: cannot be read ({error.strerror}); give the path of a TOML file"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file}: is not TOML ({error}); correct that line") from error


def _refuse_unknown_variables(kind: type[Settings], prefix: str) -> None:
    known = {f"{prefix}{name.upper()}" for name in kind.model_fields} | {f"{prefix}CONFIG"}
    for variable in sorted(os.environ):
        if variable.upper().startswith(prefix) and variable.upper().split("__")[0] not in known:
            raise ConfigurationError(
                f"environment: {variable} is no setting; remove it or use one of {', '.join(sorted(known))}"
            )


_ADVICE: Mapping[str, str] = MappingProxyType(
    {
        "extra_forbidden": "is no setting; remove it or correct its name",
        "missing": "is missing; add it",
    }
)


def _sentence(detail: ErrorDetails, file: Path | None, prefix: str, over: Overlay | None) -> str:
    key = ".".join(str(part) for part in detail["loc"]) or "settings"
    variable = prefix + "__".join(str(part).upper() for part in detail["loc"])
    origin = over.name if over and detail["loc"] and detail["loc"][0] in over.content else file or "defaults"
    place = f"environment variable {variable}" if variable in os.environ else origin
    says = detail["msg"].removeprefix("Value error, ").rstrip(".")
    return f"{place}: {key}: {_ADVICE.get(detail['type'], f'{says}; correct this value')}"
