"""What the broker must know of gateways, as files: whose topics are whose, who and what is void.

A name in a certificate reaches its own topics; mosquitto gives none to one with '+' or '#' in it, and below
one with '/' nobody listens. Letting a gateway in changes nothing here, so the broker need not start anew.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vitals.errors import StorageError

__all__ = ["ACL_FILE", "AUTHORITY_FILE", "LIST_FILE", "BrokerFiles", "access_rules", "mosquitto_lines"]

ACL_FILE: Final = "acl"
LIST_FILE: Final = "revoked.crl"
AUTHORITY_FILE: Final = "ca.crt"

_EVERYBODY: Final = """\
# Written by the service, again whenever a gateway is revoked: changes made here are lost.
# %u is the common name of the client's certificate: a gateway reaches its own topics and no others.
pattern write v1/gw/%u/up
pattern write v1/gw/%u/status
pattern read v1/gw/%u/down/#

user ingest
topic read v1/gw/+/up
topic read v1/gw/+/status
topic write v1/gw/+/down/ack
topic write v1/gw/+/down/command
topic write v1/gw/+/down/alive
topic write v1/gw/+/down/ledger
"""
_SHUT_OUT: Final = """
user {0}
topic deny #
"""


def access_rules(revoked: Iterable[str]) -> str:
    """Return mosquitto's access rules, by which the gateways that are `revoked` reach nothing."""
    return _EVERYBODY + "".join(_SHUT_OUT.format(each) for each in sorted(set(revoked)))


def mosquitto_lines(folder: Path) -> str:
    """Return the lines of mosquitto.conf that name the files of a folder."""
    return f"acl_file {folder / ACL_FILE}\ncafile {folder / AUTHORITY_FILE}\ncrlfile {folder / LIST_FILE}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerFiles:
    """A folder the broker reads when it starts. Whoever watches it starts the broker anew when it changes."""

    folder: Path

    def write(self, *, rules: str, revoked: bytes, authority: str) -> None:
        """Write all of it, each file whole or not at all; the list first: nobody is let in before who is out.

        Raises
        ------
        StorageError
            If the folder cannot be written.
        """
        contents = {LIST_FILE: revoked, AUTHORITY_FILE: authority.encode(), ACL_FILE: rules.encode()}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for name, content in contents.items():
                self._put(name, content)
        except OSError as error:
            raise StorageError(
                f"{self.folder} cannot be written ({error}): the broker goes on by what it read last; "
                "let the service write there"
            ) from error

    def read(self, name: str) -> bytes:
        """Return what a file says; nothing if it is not there, or cannot be read."""
        try:
            return (self.folder / name).read_bytes()
        except OSError:
            return b""

    def _put(self, name: str, content: bytes) -> None:
        place = self.folder / name
        if place.exists() and place.read_bytes() == content:
            return
        beside = self.folder / f".{name}"
        beside.write_bytes(content)
        beside.chmod(0o644)
        beside.replace(place)
