"""Programs' tokens, known by the SHA-256 of each and by nothing else."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import ColumnElement, RowMapping, insert, select, update

from cloud.ports import ApiToken, Scope
from cloud.storage.relational.database import Database
from cloud.storage.relational.sealed_rows import close, shown
from cloud.storage.relational.sealer import RelationalSealer
from cloud.storage.relational.tables import api_token

__all__ = ["RelationalApiTokens"]

_ROWS = api_token.c


class RelationalApiTokens:
    """The ApiTokenBook port on a relational database."""

    def __init__(self, database: Database, sealer: RelationalSealer) -> None:
        self._database = database
        self._sealer = sealer

    def add_token(self, token: ApiToken) -> None:
        """Keep a new token."""
        row = close(self._sealer, api_token, asdict(token) | {"scopes": sorted(token.scopes)})
        with self._database.write() as connection:
            connection.execute(insert(api_token).values(row))

    def token(self, token_hash: bytes) -> ApiToken | None:
        """Return what is known of a token; None if it was never given."""
        found = self._found(_ROWS.token_hash == token_hash)
        return found[0] if found else None

    def tokens_of(self, person_id: str) -> Sequence[ApiToken]:
        """Return somebody's tokens, newest first, those that are worthless too."""
        return self._found(_ROWS.person_id == person_id)

    def tokens(self) -> Sequence[ApiToken]:
        """Return everybody's, newest first."""
        return self._found()

    def note_token_used(self, token_hash: bytes, now_ms: int) -> None:
        """Remember when a token was last good for something."""
        with self._database.write() as connection:
            connection.execute(update(api_token).where(_ROWS.token_hash == token_hash).values(used_ms=now_ms))

    def revoke_token(self, token_id: str, now_ms: int, *, person_id: str | None = None) -> bool:
        """Make a token worthless for ever; False if it is already, or is not that person's."""
        named = [_ROWS.id == token_id, _ROWS.revoked_ms.is_(None)]
        if person_id is not None:
            named.append(_ROWS.person_id == person_id)
        with self._database.write() as connection:
            return connection.execute(update(api_token).where(*named).values(revoked_ms=now_ms)).rowcount == 1

    def _found(self, *named: ColumnElement[bool]) -> Sequence[ApiToken]:
        query = select(api_token).where(*named).order_by(_ROWS.made_ms.desc(), _ROWS.id)
        with self._database.read() as connection:
            return tuple(self._token(row) for row in connection.execute(query).mappings())

    def _token(self, row: RowMapping) -> ApiToken:
        plain = shown(self._sealer, api_token, row)
        return ApiToken(**{**plain, "scopes": frozenset(map(Scope, plain["scopes"]))})
