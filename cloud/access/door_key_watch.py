"""Whether the door key is the one that accounts were made with, for the health of the service."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cloud.access.door_key import DoorKey, read_door_key
from cloud.ports import Account
from vitals.errors import ConfigurationError, DamagedError, StorageError

__all__ = ["DoorKeyWatch"]

_PUT_BACK: Final = "put the one back that is in `carewire cloud keys backup`"


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorKeyWatch:
    """Looks at the file, and at the second factors that the key in use is to open."""

    file: Path
    key: DoorKey
    accounts: Callable[[], Sequence[Account]]
    _known: dict[bytes, bool] = field(default_factory=dict, init=False)

    def troubles(self) -> tuple[str, ...]:
        """Return what is not well, in words; nothing of whom."""
        return tuple(f"sign-in: {trouble}" for trouble in (*self._of_file(), *self._of_factors()))

    def _of_file(self) -> Iterator[str]:
        try:
            found = read_door_key(self.file)
        except ConfigurationError as error:
            yield f"{error}; until this process ends it goes on with the key it read: {_PUT_BACK}"
        else:
            if found != self.key:
                yield f"{self.file} is not the key this process started with: {_PUT_BACK}, or start again"

    def _of_factors(self) -> Iterator[str]:
        try:
            closed = sum(not self._opens(one) for one in self.accounts() if one.totp is not None)
        except StorageError:
            return  # the database says so itself
        if closed:
            yield (
                f"{closed} second factors do not open with {self.file}: {_PUT_BACK}, "
                "or reset those accounts with `carewire cloud user reset`"
            )

    def _opens(self, account: Account) -> bool:
        sealed = account.totp or b""
        if sealed not in self._known:
            try:
                self.key.opened(sealed, "totp", account.person_id)
            except DamagedError:
                self._known[sealed] = False
            else:
                self._known[sealed] = True
        return self._known[sealed]
