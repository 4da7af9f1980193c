"""Argon2id, at a cost that is set and never below a floor (OWASP's: 19 MiB, two passes)."""

from dataclasses import dataclass

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

from vitals.errors import DamagedError

__all__ = ["Argon2id"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Argon2id:
    """The Hasher port by argon2-cffi: `passes` over `memory_mib` of memory, one thread a password."""

    memory_mib: int = 64
    passes: int = 3

    def hashed(self, password: str) -> str:
        """Return what may be kept of a password, with a salt of its own and the cost it was made at."""
        return self._made().hash(password)

    def matches(self, encoded: str, password: str) -> bool:
        """Tell whether it was made of this password.

        Raises
        ------
        DamagedError
            If what is kept was made of none.
        """
        try:
            return self._made().verify(encoded, password)
        except InvalidHashError:
            raise DamagedError("what is kept of a password is damaged: reset the account") from None
        except VerificationError:
            return False

    def is_outdated(self, encoded: str) -> bool:
        """Tell whether it was made at another cost than is set now."""
        return self._made().check_needs_rehash(encoded)

    def _made(self) -> argon2.PasswordHasher:
        return argon2.PasswordHasher(time_cost=self.passes, memory_cost=self.memory_mib * 1024, parallelism=1)
