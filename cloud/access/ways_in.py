"""Which ways in somebody has left: nobody takes away their own last one."""

from collections.abc import Callable
from dataclasses import dataclass

from cloud.ports import LinkedIdentityBook, PasskeyBook

__all__ = ["WaysIn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaysIn:
    """Passwords, passkeys and a hospital's log-in together; `issuer` is the one set up here, if any is."""

    passkeys: PasskeyBook
    identities: LinkedIdentityBook
    issuer: str | None
    has_password: Callable[[str], bool]

    def are_left(
        self, person_id: str, *, without_passkey: bytes | None = None, without_link: bool = False
    ) -> bool:
        """Tell whether somebody could still come in without one of these. A refused passkey is no way in."""
        has_passkey = any(
            each.id != without_passkey and each.refused_ms is None
            for each in self.passkeys.passkeys_of(person_id)
        )
        is_linked = not without_link and any(
            each.issuer == self.issuer for each in self.identities.links_of(person_id)
        )
        return has_passkey or is_linked or self.has_password(person_id)
