"""How people sign in: hashes and sealed secrets, nothing that anybody could use."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from cloud.ports import Account
from cloud.storage.relational.database import Database, insert_new, take_turns
from cloud.storage.relational.relations import raise_epoch
from cloud.storage.relational.tables import account, recovery_code

__all__ = ["RelationalAccounts"]

_ROWS = account.c
_ACCOUNT = (
    _ROWS.person_id,
    _ROWS.handle,
    _ROWS.password,
    _ROWS.password_ms,
    _ROWS.totp,
    _ROWS.totp_since_ms,
    _ROWS.closed_ms,
)


class RelationalAccounts:
    """The AccountStore port on a relational database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def account(self, person_id: str) -> Account:
        """Return how somebody signs in: an empty account if they never chose anything."""
        with self._database.read() as connection:
            row = connection.execute(select(*_ACCOUNT).where(_ROWS.person_id == person_id)).mappings().first()
        return Account(person_id=person_id) if row is None else Account(**row)

    def account_by_handle(self, handle: bytes) -> Account | None:
        """Return whose name this is, by its hash."""
        with self._database.read() as connection:
            row = connection.execute(select(*_ACCOUNT).where(_ROWS.handle == handle)).mappings().first()
        return None if row is None else Account(**row)

    def accounts(self) -> Sequence[Account]:
        """Return every account."""
        with self._database.read() as connection:
            rows = connection.execute(select(*_ACCOUNT).order_by(_ROWS.person_id)).mappings()
            return tuple(Account(**row) for row in rows)

    def hold(self, seen: Account) -> bool:
        """Tell whether an account is open and has the password that was seen, and keep it so to the end."""
        unchanged = (
            _ROWS.person_id == seen.person_id,
            _ROWS.closed_ms.is_(None),
            _ROWS.password_ms.is_not_distinct_from(seen.password_ms),
        )
        with self._database.write() as connection:
            insert_new(connection, account, {"person_id": seen.person_id})
            held = update(account).where(*unchanged).values(person_id=seen.person_id)
            return connection.execute(held).rowcount > 0

    def set_handle(self, person_id: str, handle: bytes) -> bool:
        """Make a name somebody's; tell whether it is theirs now."""
        taken = select(_ROWS.person_id).where(_ROWS.handle == handle, _ROWS.person_id != person_id)
        with self._database.write() as connection:
            take_turns(connection, account)
            if connection.scalar(taken) is not None:
                return False
            insert_new(connection, account, {"person_id": person_id})
            connection.execute(update(account).where(_ROWS.person_id == person_id).values(handle=handle))
        return True

    def set_password(self, person_id: str, password: str | None, now_ms: int) -> None:
        """Put what was made of a password in place of what there was."""
        self._set(person_id, {"password": password, "password_ms": now_ms})

    def set_totp(self, person_id: str, totp: bytes | None, since_ms: int | None) -> None:
        """Put a secret in place of what there was; its codes count from `since_ms` on."""
        self._set(person_id, {"totp": totp, "totp_since_ms": since_ms})

    def use_totp_step(self, person_id: str, step: int) -> bool:
        """Use up a step of the clock and those before it; False if it was used up already."""
        use = (
            update(account)
            .where(_ROWS.person_id == person_id, _ROWS.totp_step < step)
            .values(totp_step=step)
            .returning(_ROWS.person_id)
        )
        with self._database.write() as connection:
            return connection.execute(use).first() is not None

    def replace_recovery_codes(self, person_id: str, hashes: Sequence[bytes]) -> None:
        """Let these codes work, each once, and no earlier ones."""
        with self._database.write() as connection:
            connection.execute(delete(recovery_code).where(recovery_code.c.person_id == person_id))
            if hashes:
                rows = [{"person_id": person_id, "code": code} for code in hashes]
                connection.execute(insert(recovery_code), rows)

    def use_recovery_code(self, person_id: str, code: bytes) -> bool:
        """Use up a code; False if it is none, or was used."""
        use = delete(recovery_code).where(
            recovery_code.c.person_id == person_id, recovery_code.c.code == code
        )
        with self._database.write() as connection:
            return connection.execute(use).rowcount == 1

    def recovery_codes_left(self, person_id: str) -> int:
        """Return how many codes still work."""
        query = select(func.count()).where(recovery_code.c.person_id == person_id)
        with self._database.read() as connection:
            return connection.scalar(query) or 0

    def close_account(self, person_id: str, now_ms: int) -> None:
        """Let nobody sign in as this person any more; they see nothing and are told of nothing."""
        with self._database.together(), self._database.write() as connection:
            self._set(person_id, {"closed_ms": now_ms})
            raise_epoch(connection)

    def open_account(self, person_id: str) -> None:
        """Let them sign in again, as before it was closed."""
        with self._database.together(), self._database.write() as connection:
            self._set(person_id, {"closed_ms": None})
            raise_epoch(connection)

    def _set(self, person_id: str, values: Mapping[str, Any]) -> None:
        with self._database.write() as connection:
            insert_new(connection, account, {"person_id": person_id})
            connection.execute(update(account).where(_ROWS.person_id == person_id).values(**values))
