"""Which roles a process is given on its command line."""

from collections.abc import Iterable
from typing import Final

from cloud.ports import ServiceRole
from vitals.errors import ConfigurationError

__all__ = ["EVERY_ROLE", "roles_of"]

EVERY_ROLE: Final = frozenset(ServiceRole)


def roles_of(words: Iterable[str]) -> frozenset[ServiceRole]:
    """Return the roles that words name, one or several each with commas between; every role for none.

    Raises
    ------
    ConfigurationError
        If one names no role.
    """
    names = [name.strip() for word in words for name in word.split(",")]
    for name in names:
        if name not in EVERY_ROLE:
            raise ConfigurationError(f"there is no role {name!r}: choose from {', '.join(ServiceRole)}")
    return frozenset(map(ServiceRole, names)) or EVERY_ROLE
