"""Roll-outs, how far each has got, and the bundles of models, on a relational database."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import delete, func, insert, select, update

from cloud.ports import (
    CommandAnswer,
    GatewayProgress,
    Ledger,
    LedgerNote,
    Progress,
    Rollout,
    RolloutConflictError,
    RolloutPlan,
    RolloutState,
    Stage,
)
from cloud.storage.relational.database import Database, insert_new, take_turns, upsert
from cloud.storage.relational.tables import (
    command_answer,
    rollout,
    rollout_artefact,
    rollout_gateway,
)
from vitals.records import CommandOutcome
from vitals.release import SignedRelease

__all__ = ["RelationalRollouts"]

_DAY_MS: Final = 24 * 3_600_000
_GOES_ON: Final = (str(RolloutState.RUNNING), str(RolloutState.PAUSED))
_UNANSWERED: Final = (str(Progress.ASKED), str(Progress.SILENT))
_PLAN: Final = ("first", "share_percent", "healthy_s", "most_failures", "automatic")
_SIGNED: Final = ("document", "key", "signature")


class RelationalRollouts:
    """The port RolloutBook; what it notes in the ledger, it notes in the same transaction."""

    def __init__(self, database: Database, ledger: Ledger) -> None:
        self._database = database
        self._ledger = ledger

    def begin(self, begun: Rollout, note: LedgerNote) -> None:
        """Keep a new roll-out; two that begin at once take turns."""
        with self._database.together():
            with self._database.write() as connection:
                take_turns(connection, rollout)
                of_line = rollout.c.line == begun.line
                highest = connection.execute(select(func.max(rollout.c.version)).where(of_line)).scalar()
                if highest is not None and highest >= begun.version:
                    raise RolloutConflictError(
                        f"{begun.line} had version {highest}: sign it as {highest + 1} or higher"
                    )
                going = select(rollout.c.id).where(of_line, rollout.c.state.in_(_GOES_ON))
                if (other := connection.execute(going).scalar()) is not None:
                    raise RolloutConflictError(f"{other} of {begun.line} is under way: stop it first")
                connection.execute(insert(rollout).values(**_row(begun)))
            self._ledger.append(note)

    def change(self, before: Rollout, after: Rollout, note: LedgerNote) -> bool:
        """Change a roll-out that nobody changed since `before`."""
        unchanged = (
            rollout.c.id == before.id,
            rollout.c.state == str(before.state),
            rollout.c.stage == str(before.stage),
            rollout.c.stage_since_ms == before.stage_since_ms,
        )
        changes = {
            "state": str(after.state),
            "stage": str(after.stage),
            "stage_since_ms": after.stage_since_ms,
            "reason": after.reason,
        }
        with self._database.together():
            with self._database.write() as connection:
                done = connection.execute(update(rollout).where(*unchanged).values(**changes)).rowcount == 1
            if done:
                self._ledger.append(note)
        return done

    def rollout(self, rollout_id: str) -> Rollout | None:
        """Return one roll-out."""
        with self._database.read() as connection:
            row = connection.execute(select(rollout).where(rollout.c.id == rollout_id)).mappings().first()
        return None if row is None else _rollout(row)

    def rollouts(self, limit: int) -> Sequence[Rollout]:
        """Return the newest first."""
        query = select(rollout).order_by(rollout.c.begun_ms.desc(), rollout.c.id).limit(limit)
        with self._database.read() as connection:
            return tuple(_rollout(row) for row in connection.execute(query).mappings())

    def under_way(self) -> Sequence[Rollout]:
        """Return those that go on, of each line the newest that is finished, and what a stop left open."""
        per_line = rollout.alias("per_line")
        newest_of_line = (
            select(func.max(per_line.c.version))
            .where(per_line.c.line == rollout.c.line, per_line.c.state == str(RolloutState.FINISHED))
            .scalar_subquery()
        )
        is_late = (rollout.c.state == str(RolloutState.FINISHED)) & (rollout.c.version == newest_of_line)
        unanswered = select(rollout_gateway.c.rollout_id).where(rollout_gateway.c.progress.in_(_UNANSWERED))
        is_open = (rollout.c.state == str(RolloutState.STOPPED)) & rollout.c.id.in_(unanswered)
        query = (
            select(rollout)
            .where(rollout.c.state.in_(_GOES_ON) | is_late | is_open)
            .order_by(rollout.c.begun_ms)
        )
        with self._database.read() as connection:
            return tuple(_rollout(row) for row in connection.execute(query).mappings())

    def highest(self, line: str) -> int:
        """Return the highest version a line ever had."""
        with self._database.read() as connection:
            query = select(func.max(rollout.c.version)).where(rollout.c.line == line)
            return int(connection.execute(query).scalar() or 0)

    def progress_of(self, rollout_id: str) -> Mapping[str, GatewayProgress]:
        """Return how far each gateway has got, by its id."""
        query = select(rollout_gateway).where(rollout_gateway.c.rollout_id == rollout_id)
        with self._database.read() as connection:
            rows = connection.execute(query).mappings().all()
        return {
            row["gateway"]: GatewayProgress(**{**row, "progress": Progress(row["progress"])}) for row in rows
        }

    def note_progress(self, progress: GatewayProgress, note: LedgerNote | None = None) -> None:
        """Keep how far a gateway has got."""
        row = {**asdict(progress), "progress": str(progress.progress)}
        with self._database.together():
            with self._database.write() as connection:
                upsert(connection, rollout_gateway, [row])
            if note is not None:
                self._ledger.append(note)

    def ahead(self, one: Rollout) -> frozenset[str]:
        """Return the gateways that were already asked for a higher version."""
        query = (
            select(rollout_gateway.c.gateway)
            .join(rollout, rollout.c.id == rollout_gateway.c.rollout_id)
            .where(rollout.c.line == one.line, rollout.c.version > one.version)
        )
        with self._database.read() as connection:
            return frozenset(connection.execute(query).scalars())

    def answers(self, gateway: str, command_ids: Collection[str]) -> Mapping[str, CommandAnswer]:
        """Return what a gateway answered; nobody answers for another."""
        query = select(command_answer).where(
            command_answer.c.gateway == gateway, command_answer.c.command_id.in_(tuple(command_ids))
        )
        with self._database.read() as connection:
            rows = connection.execute(query).mappings().all()
        return {
            row["command_id"]: CommandAnswer(**{**row, "outcome": CommandOutcome(row["outcome"])})
            for row in rows
        }

    def keep_artefact(self, sha256: str, content: bytes, now_ms: int) -> None:
        """Keep a bundle; those that nobody came to use go."""
        used = select(rollout.c.artefact).where(rollout.c.artefact.is_not(None))
        with self._database.write() as connection:
            connection.execute(
                delete(rollout_artefact).where(
                    rollout_artefact.c.kept_ms < now_ms - _DAY_MS, rollout_artefact.c.sha256.not_in(used)
                )
            )
            insert_new(
                connection, rollout_artefact, {"sha256": sha256, "content": content, "kept_ms": now_ms}
            )

    def artefact(self, sha256: str) -> bytes | None:
        """Return a bundle, if it is here."""
        query = select(rollout_artefact.c.content).where(rollout_artefact.c.sha256 == sha256)
        with self._database.read() as connection:
            content = connection.execute(query).scalar()
        return None if content is None else bytes(content)


def _row(one: Rollout) -> dict[str, Any]:
    row = {
        column.name: getattr(one, column.name)
        for column in rollout.columns
        if column.name not in {*_PLAN, *_SIGNED}
    }
    row |= {name: getattr(one.plan, name) for name in _PLAN}
    row |= {name: getattr(one.signed, name) for name in _SIGNED}
    return row | {"state": str(one.state), "stage": str(one.stage)}


def _rollout(row: Mapping[Any, Any]) -> Rollout:
    return Rollout(
        signed=SignedRelease(**{name: row[name] for name in _SIGNED}),
        plan=RolloutPlan(**{name: row[name] for name in _PLAN}),
        state=RolloutState(row["state"]),
        stage=Stage(row["stage"]),
        **{name: row[name] for name in row if name not in {*_PLAN, *_SIGNED, "state", "stage"}},
    )
