"""The settings of the channels to people. One that is not set up is not offered to anybody."""

from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from cloud.notifiers.mail import Security
from vitals.settings import HomePath, Port, Section, is_loopback, secret

__all__ = ["AppriseSettings", "EmailSettings", "WebPushSettings", "WebhookSettings"]

_PORTS: Final = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}
_Hosts = Annotated[
    tuple[str, ...], AfterValidator(lambda hosts: tuple(host.strip("[]").lower() for host in hosts))
]


class EmailSettings(Section):
    """The mail server that takes messages, and from whom they are. Without a `host` there is no e-mail."""

    host: str | None = None
    port: Port | None = None
    """Unset, the usual one: 587 for STARTTLS, 465 for TLS, 25 for none."""
    security: Security = Security.STARTTLS
    sender: str | None = Field(default=None, pattern=r"^[!-~]+@[A-Za-z0-9.-]+$")
    username: str | None = None
    password: SecretStr | None = None
    password_file: HomePath | None = None
    ca_file: HomePath | None = None
    """The authority of the mail server's certificate, if it is not one that the system trusts."""

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        has_password = self.password is not None or self.password_file is not None
        if self.host is not None and self.sender is None:
            raise ValueError("host without sender: give the address that messages are from")
        if self.host is None and self.model_fields_set - {"host"}:
            raise ValueError("no host is given: name the mail server, or leave this section out")
        if self.password is not None and self.password_file is not None:
            raise ValueError("password and password_file are both given: keep one of them")
        if (self.username is not None) != has_password:
            raise ValueError("username and password belong together: give both or neither")
        if self.security is Security.NONE and not is_loopback(self.host or "localhost"):
            raise ValueError(
                f"{self.host} is beyond this machine and security is none: messages and the password would "
                "travel readable; take starttls or tls"
            )
        return self

    @property
    def usual_port(self) -> int:
        """The port: that which is given, or the usual one."""
        return self.port or _PORTS[self.security]

    def secret(self) -> str | None:
        """Return the password, read from its file if one is named.

        Raises
        ------
        ConfigurationError
            If the file cannot be read.
        """
        return secret("email.password_file", self.password, self.password_file)


class WebPushSettings(Section):
    """Whom push services may write to about this service: `mailto:` or an https address.

    Unset, `http.public_url` is, if it is https; else there is no Web Push.
    """

    subject: str | None = Field(
        default=None, pattern=r"^(mailto:[^\s@]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+|https://[^\s/]+)$"
    )
    private_hosts: _Hosts = ()
    """Hosts near by that may be push services, by name or address; for tests and for those who run one."""


class WebhookSettings(Section):
    """Whether people may have messages posted to programs of theirs, and to which hosts near by."""

    enabled: bool = True
    private_hosts: _Hosts = ()
    """Hosts of this machine or its networks that may be posted to, by name or address as in the URL."""


class AppriseSettings(Section):
    """Whether people may use what Apprise speaks: all of it, or only `schemes`, such as tgram and ntfys."""

    enabled: bool = False
    schemes: _Hosts = ()
    private_hosts: _Hosts = ()
    """Hosts of this machine or its networks that may be spoken to, by name or address as in the URL."""
