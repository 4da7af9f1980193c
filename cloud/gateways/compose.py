"""An authority and certificates for a clinic on one server, in one folder: what docker-compose.yml mounts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization

from cloud.access.tokens import Randomness
from cloud.gateways.authority import Authority, Use, new_authority, new_key
from cloud.gateways.authority_files import keep_authority, open_authority, private_pem

__all__ = ["Holder", "certify", "make_all"]

_FOR_EVERY_PART: Final = 0o644
_GATEWAY_DAYS: Final = 365
"""Such a gateway is a part of the composition: it does not renew, and is made anew with the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Whom a certificate is for; a server is reached by its `hosts`."""

    use: Use
    name: str
    hosts: tuple[str, ...] = ()
    days: int | None = None


_PARTS: Final = (
    Holder(use=Use.BROKER, name="broker", hosts=("broker", "localhost", "127.0.0.1")),
    # Inside the composition and on this machine. For people, get one from an authority browsers know.
    Holder(use=Use.CLOUD, name="cloud", hosts=("cloud", "localhost", "127.0.0.1")),
    Holder(use=Use.INGEST, name="ingest"),
)


def make_all(folder: Path, gateways: Sequence[str], *, now_ms: int, randomness: Randomness) -> Iterator[Path]:
    """Make what is not there yet, and yield each certificate made; what exists is left alone.

    Raises
    ------
    ConfigurationError
        If the folder cannot be written, or the authority in it cannot be used.
    EnvelopeError
        If no gateway may be called so.
    """
    authority = open_authority(folder)
    if authority is None:
        authority = new_authority(now_ms=now_ms, randomness=randomness)
        keep_authority(folder, authority)
    holders = (*_PARTS, *(Holder(use=Use.GATEWAY, name=each, days=_GATEWAY_DAYS) for each in gateways))
    for holder in holders:
        if not (folder / f"{holder.name}.crt").exists():
            yield certify(authority, holder, folder, now_ms=now_ms, randomness=randomness)
    for file in (*folder.glob("*.crt"), *(each for each in folder.glob("*.key") if each.name != "ca.key")):
        file.chmod(_FOR_EVERY_PART)  # each part reads its own through its mount, as a user of its own
    folder.chmod(0o755)


def certify(
    authority: Authority, holder: Holder, folder: Path, *, now_ms: int, randomness: Randomness
) -> Path:
    """Write a new key, for its owner alone, and a certificate for it; return where the certificate is.

    Raises
    ------
    EnvelopeError
        If no gateway may be called so.
    """
    key = new_key()
    made = authority.issue(
        holder.use,
        holder.name,
        key.public_key(),
        now_ms=now_ms,
        randomness=randomness,
        days=holder.days,
        hosts=holder.hosts,
    )
    folder.mkdir(parents=True, exist_ok=True)
    key_file, certificate_file = folder / f"{holder.name}.key", folder / f"{holder.name}.crt"
    key_file.touch(mode=0o600)
    key_file.chmod(0o600)
    key_file.write_bytes(private_pem(key))
    certificate_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return certificate_file
