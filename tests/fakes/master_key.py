"""A master key that is no file, for databases that are none."""

from pathlib import Path

from cloud.sealing.key_place import KeyPlace
from cloud.sealing.master import MasterKey, MasterKeys, rendered
from cloud.storage.relational.opening import Relational, open_relational

__all__ = ["GIVEN", "PLACE", "opened"]

GIVEN = rendered(MasterKeys(all=(MasterKey(secret=bytes(range(32))),)))
PLACE = KeyPlace(folder=Path("/nowhere"), given=GIVEN)


def opened(url: str, *, busy_timeout_s: float = 5.0) -> Relational:
    """Open a database, a server's or a file, under the one master key of all tests."""
    return open_relational(url, busy_timeout_s=busy_timeout_s, keys=PLACE)
