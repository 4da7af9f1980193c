"""What was asked of gateways, and what they answered. The first answer to a command is the one that holds."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Select, and_, func, select

from cloud.ports import CommandAnswer, CommandState, IssuedCommand
from cloud.storage.relational.database import Database, insert_new
from cloud.storage.relational.tables import command, command_answer
from vitals.records import CommandOutcome

__all__ = ["RelationalCommands"]

_ANSWER = (
    command_answer.c.name.label("answer_name"),
    command_answer.c.outcome,
    command_answer.c.detail,
    command_answer.c.t_ms,
    command_answer.c.received_ms,
)
_ANSWERED = and_(command_answer.c.gateway == command.c.gateway, command_answer.c.command_id == command.c.id)
"""Only the gateway that was asked can answer."""


class RelationalCommands:
    """The ports CommandBook and AnswerBook on a relational database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, issued: IssuedCommand) -> bool:
        """Keep a command until it is answered or expired; False if its id is known already."""
        with self._database.write() as connection:
            return insert_new(connection, command, asdict(issued))

    def note_answer(self, answer: CommandAnswer) -> None:
        """Keep the answer of a gateway, unless it gave one before."""
        with self._database.write() as connection:
            insert_new(connection, command_answer, asdict(answer))

    def unanswered(self, now_ms: int, most_each: int) -> Sequence[IssuedCommand]:
        """Return the oldest commands of each gateway that are neither answered nor expired."""
        place = func.row_number().over(
            partition_by=command.c.gateway, order_by=(command.c.issued_ms, command.c.id)
        )
        waiting = (
            select(command, place.label("place"))
            .outerjoin(command_answer, _ANSWERED)
            .where(command_answer.c.command_id.is_(None), command.c.expires_ms > now_ms)
            .subquery()
        )
        query = (
            select(*(waiting.c[column.name] for column in command.columns))
            .where(waiting.c.place <= most_each)
            .order_by(waiting.c.issued_ms, waiting.c.id)
        )
        with self._database.read() as connection:
            return tuple(IssuedCommand(**row) for row in connection.execute(query).mappings())

    def unanswered_of(self, gateway: str, now_ms: int, most: int) -> Sequence[IssuedCommand]:
        """Return the oldest commands of one gateway that are neither answered nor expired."""
        query = (
            select(command)
            .outerjoin(command_answer, _ANSWERED)
            .where(
                command.c.gateway == gateway,
                command_answer.c.command_id.is_(None),
                command.c.expires_ms > now_ms,
            )
            .order_by(command.c.issued_ms, command.c.id)
            .limit(most)
        )
        with self._database.read() as connection:
            return tuple(IssuedCommand(**row) for row in connection.execute(query).mappings())

    def commands_of(self, gateway: str, limit: int, *, about_patients: bool = True) -> Sequence[CommandState]:
        """Return what was asked of a gateway, newest first, with or without what was about patients."""
        asked = _newest(limit).where(command.c.gateway == gateway)
        return self._states(asked if about_patients else asked.where(command.c.patient_id.is_(None)))

    def requests_of(self, patient_id: str, limit: int) -> Sequence[CommandState]:
        """Return what was asked of gateways about a patient, newest first."""
        return self._states(_newest(limit).where(command.c.patient_id == patient_id))

    def _states(self, query: Select[Any]) -> Sequence[CommandState]:
        with self._database.read() as connection:
            return tuple(_state(row) for row in connection.execute(query).mappings())


def _newest(limit: int) -> Select[Any]:
    return (
        select(command, *_ANSWER)
        .outerjoin(command_answer, _ANSWERED)
        .order_by(command.c.issued_ms.desc(), command.c.id)
        .limit(limit)
    )


def _state(row: Mapping[Any, Any]) -> CommandState:
    issued = IssuedCommand(**{column.name: row[column.name] for column in command.columns})
    if row["outcome"] is None:
        return CommandState(command=issued, answer=None)
    answer = CommandAnswer(
        gateway=issued.gateway,
        command_id=issued.id,
        name=row["answer_name"],
        outcome=CommandOutcome(row["outcome"]),
        detail=row["detail"],
        t_ms=row["t_ms"],
        received_ms=row["received_ms"],
    )
    return CommandState(command=issued, answer=answer)
