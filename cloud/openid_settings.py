"""The settings of a hospital's own log-in. Without an `issuer` there is none."""

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from cloud.ports import Role
from vitals.settings import HomePath, Section, is_loopback, secret

__all__ = ["OpenIdSettings"]

_Hosts = Annotated[
    tuple[str, ...], AfterValidator(lambda hosts: tuple(host.strip("[]").lower() for host in hosts))
]


class OpenIdSettings(Section):
    """The provider, who we are to it, and what its groups stand for."""

    issuer: str | None = None
    """Exactly as the provider names itself; its documents are looked for below it."""
    name: str = Field(default="your hospital", min_length=1, max_length=40)
    """What people call it: "Sign in with ..."."""
    client_id: str | None = None
    client_secret: SecretStr | None = None
    client_secret_file: HomePath | None = None
    scopes: tuple[str, ...] = ("openid",)
    private_hosts: _Hosts = ()
    """Hosts of this machine or its networks that the provider may be, by name or address as in its URLs."""
    ca_file: HomePath | None = None
    """The authority of the provider's certificate, if it is not one that the system trusts."""
    role_claim: str | None = None
    """The claim that names somebody's groups; without, roles are what they are here."""
    roles: dict[str, Role] = Field(default_factory=dict)
    """What a group stands for."""
    role_ceiling: Role = Role.CLINICIAN
    """The highest role a group gives."""

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if self.issuer is None:
            if self.model_fields_set - {"issuer"}:
                raise ValueError("no issuer is given: name the provider, or leave this section out")
            return self
        _refuse_readable(self.issuer, self.private_hosts)
        if self.client_id is None:
            raise ValueError("issuer without client_id: give the one the provider knows this service by")
        if self.client_secret is not None and self.client_secret_file is not None:
            raise ValueError("client_secret and client_secret_file are both given: keep one of them")
        if "openid" not in self.scopes:
            raise ValueError("scopes without openid: the provider would say of nobody who they are")
        if bool(self.roles) != (self.role_claim is not None):
            raise ValueError("role_claim and roles belong together: give both or neither")
        if Role.PATIENT in {*self.roles.values(), self.role_ceiling}:
            raise ValueError("nobody becomes a patient by a group: use caregiver, clinician or administrator")
        return self

    def secret(self) -> str | None:
        """Return the client's secret, read from its file if one is named.

        Raises
        ------
        ConfigurationError
            If the file cannot be read.
        """
        return secret("openid.client_secret_file", self.client_secret, self.client_secret_file)


def _refuse_readable(issuer: str, private_hosts: tuple[str, ...]) -> None:
    """Refuse an address that is none, or that codes and secrets would travel to readably."""
    parts = urlsplit(issuer)
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("issuer is no address: give it exactly as the provider does, https://...")
    is_here = is_loopback(parts.hostname) and parts.hostname in private_hosts
    if parts.scheme == "http" and not is_here:
        raise ValueError("issuer is plain http: give its https address")
