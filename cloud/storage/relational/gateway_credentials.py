"""The secrets of gateways, known by the SHA-256 of each and by nothing else."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import func, insert, select, update

from cloud.ports import GatewayCredential
from cloud.storage.relational.database import Database
from cloud.storage.relational.tables import gateway_credential

__all__ = ["RelationalGatewayCredentials"]

_ROWS = gateway_credential.c


class RelationalGatewayCredentials:
    """The CredentialStore port on a relational database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_credential(self, credential: GatewayCredential) -> None:
        """Keep a new secret of a gateway, beside those it has."""
        with self._database.write() as connection:
            connection.execute(insert(gateway_credential).values(**asdict(credential)))

    def credential(self, token_hash: bytes) -> GatewayCredential | None:
        """Return what is known of a secret; None if it was never given."""
        query = select(gateway_credential).where(_ROWS.token_hash == token_hash)
        with self._database.read() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else GatewayCredential(**row)

    def newest_used_credential_ms(self, gateway: str) -> int | None:
        """Return when the newest of a gateway's secrets was given that was ever used and is not revoked."""
        query = select(func.max(_ROWS.added_ms)).where(
            _ROWS.gateway == gateway, _ROWS.revoked_ms.is_(None), _ROWS.used_ms.is_not(None)
        )
        with self._database.read() as connection:
            newest_ms: int | None = connection.scalar(query)
        return newest_ms

    def note_credential_used(self, token_hash: bytes, used_ms: int) -> None:
        """Remember when a secret was last good for something."""
        with self._database.write() as connection:
            connection.execute(
                update(gateway_credential).where(_ROWS.token_hash == token_hash).values(used_ms=used_ms)
            )

    def revoke_credentials(self, gateway: str, now_ms: int, *, keep_newest: bool = False) -> int:
        """Make a gateway's secrets worthless at once, or all but the newest; return how many were good."""
        good = (
            select(_ROWS.token_hash)
            .where(_ROWS.gateway == gateway, _ROWS.revoked_ms.is_(None))
            .order_by(_ROWS.added_ms.desc(), _ROWS.token_hash)
        )
        with self._database.write() as connection:
            hashes = connection.scalars(good).all()[1 if keep_newest else 0 :]
            connection.execute(
                update(gateway_credential).where(_ROWS.token_hash.in_(hashes)).values(revoked_ms=now_ms)
            )
        return len(hashes)

    def credentials(self) -> Sequence[GatewayCredential]:
        """Return every credential ever given, by gateway, oldest first."""
        query = select(gateway_credential).order_by(_ROWS.gateway, _ROWS.added_ms, _ROWS.token_hash)
        with self._database.read() as connection:
            return tuple(GatewayCredential(**row) for row in connection.execute(query).mappings())
