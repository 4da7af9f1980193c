"""Carries roll-outs on: hears what gateways answered, asks those whose turn it is, advances, stops.

Everything it knows is in the book, and every command's id follows from what it is for, so that two
conductors, or one that was killed at any step, ask nobody twice.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from threading import Event
from typing import Final

import msgspec
import structlog

from cloud.commands.issue import CommandIssuer, derived_id
from cloud.ports import (
    SERVICE,
    CommandAnswer,
    GatewayProgress,
    GatewayReader,
    Progress,
    Rollout,
    RolloutBook,
    RolloutState,
)
from cloud.rollouts.notes import note_of
from cloud.rollouts.parts import parts_of
from cloud.rollouts.reports import reported_version
from cloud.rollouts.stages import Move, judged, members
from cloud.stepping import Stepping
from vitals.clock import Clock
from vitals.records import CommandOutcome
from vitals.release import Refusal, refusal_in

__all__ = ["Conductor"]

_log = structlog.get_logger(__name__)

_EVERY_S: Final = 2.0
_TROUBLED_S: Final = 5.0
_AGAIN_MS: Final = 30_000
"""How long a gateway that is busy is left alone."""
_SILENT_MS: Final = 2 * 3_600_000
"""How long one that was there may take: a trial and a model's time in the shadow are minutes."""
_LIFE_S: Final = 7 * 24 * 3_600
_PARTS_AT_ONCE: Final = 8
_AGAIN: Final = frozenset({Refusal.BUSY, Refusal.INTERRUPTED, Refusal.INCOMPLETE, Refusal.WRONG_HASH})
"""Nothing was changed there: it is asked again."""
_MOST_ATTEMPTS: Final = 100


@dataclass(slots=True, kw_only=True)
class Conductor:
    """`step` does what is due, `run` goes on until told. `online` tells whether a gateway is there."""

    book: RolloutBook
    issuer: CommandIssuer
    gateways: GatewayReader
    online: Callable[[str], bool | None]
    clock: Clock
    _stepping: Stepping = field(
        default_factory=lambda: Stepping(name="rollouts", every_s=_EVERY_S, troubled_s=_TROUBLED_S)
    )

    def run(self, stop: Event) -> None:
        """Step until `stop` is set; a store in trouble is tried again."""
        self._stepping.run(self.step, stop)

    def wake(self) -> None:
        """Tell the conductor, from any thread, that there is something to do."""
        self._stepping.wake()

    def troubles(self) -> tuple[str, ...]:
        """Return what is not well, in words."""
        return self._stepping.troubles("roll-outs: none goes on")

    def step(self) -> None:
        """Do what is due for every roll-out under way."""
        under_way = self.book.under_way()
        if not under_way:
            return
        gateways = tuple(self.gateways.heard_gateways())
        there = frozenset(each for each in gateways if self.online(each))
        for rollout in under_way:
            self._carry_on(rollout, gateways, there)

    def _carry_on(self, rollout: Rollout, gateways: tuple[str, ...], there: frozenset[str]) -> None:
        now_ms = self.clock.wall_ms()
        for one in self.book.progress_of(rollout.id).values():
            self._hear(rollout, one, now_ms)
            self._compare(rollout, one, now_ms)
        if rollout.state is RolloutState.STOPPED:
            return
        progress = self.book.progress_of(rollout.id)
        turn = judged(rollout, progress, there, gateways, now_ms)
        if turn.move is not Move.WAIT:
            state = _STATES[turn.move]
            after = replace(
                rollout, state=state, stage=turn.stage, stage_since_ms=now_ms, reason=turn.because
            )
            what = _DEEDS[turn.move]
            if self.book.change(rollout, after, note_of(after, what, actor=SERVICE, t_ms=now_ms)):
                _log.warning("rollout.changed", rollout=rollout.id, what=what, stage=str(after.stage))
            return
        if rollout.state is not RolloutState.PAUSED and now_ms < rollout.expires_ms:
            due = (members(rollout, gateways) & there) - self.book.ahead(rollout)
            self._ask_all(rollout, sorted(due), progress, now_ms)

    def _ask_all(
        self, rollout: Rollout, due: Iterable[str], progress: Mapping[str, GatewayProgress], now_ms: int
    ) -> None:
        for gateway in due:
            one = progress.get(gateway)
            if one is None:
                self._begin(rollout, gateway, now_ms, attempt=1)
            elif one.progress is Progress.WAITING and now_ms - one.changed_ms >= _AGAIN_MS:
                self._begin(rollout, gateway, now_ms, attempt=one.attempt)
            elif one.progress is Progress.FETCHING:
                self._send_parts(rollout, one, now_ms)

    def _begin(self, rollout: Rollout, gateway: str, now_ms: int, *, attempt: int) -> None:
        step = Progress.ASKED if rollout.artefact is None else Progress.FETCHING
        one = GatewayProgress(
            rollout_id=rollout.id, gateway=gateway, progress=step, changed_ms=now_ms, attempt=attempt
        )
        self._issue(rollout, one, "apply-release" if rollout.artefact is None else "fetch-model")
        self.book.note_progress(one)

    def _hear(self, rollout: Rollout, one: GatewayProgress, now_ms: int) -> None:
        """Take note of what a gateway answered to what it was asked last."""
        if one.progress in {Progress.ASKED, Progress.SILENT}:
            answer = self._answer(one, "apply-release")
            if answer is not None:
                self._conclude(rollout, one, answer, now_ms)
            elif one.progress is Progress.ASKED and now_ms - one.changed_ms >= _SILENT_MS:
                self._note(rollout, one, Progress.SILENT, "it does not answer", now_ms)
        elif one.progress is Progress.FETCHING:
            answer = self._answer(one, "fetch-model")
            if answer is not None and answer.outcome is not CommandOutcome.DONE:
                self._conclude(rollout, one, answer, now_ms)

    def _compare(self, rollout: Rollout, one: GatewayProgress, now_ms: int) -> None:
        """Ask again a gateway that had it and reports less: its disk is of an earlier day, or damaged."""
        if one.progress is not Progress.APPLIED:
            return
        reported = reported_version(rollout, self.gateways.gateway_report(one.gateway), one.changed_ms)
        if reported is not None and reported < rollout.version:
            _log.warning("rollout.lost_at", rollout=rollout.id, gateway=one.gateway, reports=reported)
            again = replace(
                one,
                progress=Progress.WAITING,
                attempt=one.attempt + 1,
                reason=f"it had it, and reports version {reported}",
                changed_ms=now_ms,
            )
            self.book.note_progress(
                again, note_of(rollout, "lost", actor=SERVICE, t_ms=now_ms, gateway=one.gateway)
            )

    def _conclude(self, rollout: Rollout, one: GatewayProgress, answer: CommandAnswer, now_ms: int) -> None:
        reason = refusal_in(answer.detail)
        if answer.outcome is CommandOutcome.DONE:
            self._note(rollout, one, Progress.APPLIED, answer.detail, now_ms)
        elif reason is Refusal.ROLLED_BACK:
            self._note(rollout, one, Progress.ROLLED_BACK, answer.detail, now_ms)
        elif reason in _AGAIN and one.attempt < _MOST_ATTEMPTS:
            again = replace(
                one,
                progress=Progress.WAITING,
                attempt=one.attempt + 1,
                reason=answer.detail,
                changed_ms=now_ms,
            )
            self.book.note_progress(again)
        else:
            self._note(rollout, one, Progress.REFUSED, answer.detail, now_ms)

    def _note(
        self, rollout: Rollout, one: GatewayProgress, progress: Progress, reason: str, now_ms: int
    ) -> None:
        after = replace(one, progress=progress, reason=reason, changed_ms=now_ms)
        _log.info("rollout.progress", rollout=rollout.id, gateway=one.gateway, progress=str(progress))
        code = refusal_in(reason)
        note = note_of(
            rollout,
            str(progress),
            actor=SERVICE,
            t_ms=now_ms,
            gateway=one.gateway,
            **({} if code is None else {"reason": str(code)}),
        )
        self.book.note_progress(after, note)

    def _send_parts(self, rollout: Rollout, one: GatewayProgress, now_ms: int) -> None:
        """Send the next parts once those before are kept; when all are, have the model tried."""
        if self._answer(one, "fetch-model") is None:
            return
        bundle = None if rollout.artefact is None else self.book.artefact(rollout.artefact)
        if bundle is None:
            self._note(rollout, one, Progress.REFUSED, "the model's bundle is not here any more", now_ms)
            return
        parts = {self._id(one, f"part {part['offset']}"): part for part in parts_of(bundle)}
        answers = self.book.answers(one.gateway, parts.keys())
        if lost := next((each for each in answers.values() if each.outcome is not CommandOutcome.DONE), None):
            self._conclude(rollout, one, lost, now_ms)
            return
        missing = [command_id for command_id in parts if command_id not in answers]
        for command_id in missing[:_PARTS_AT_ONCE]:
            self.issuer.issue(
                one.gateway,
                "model-part",
                parts[command_id],
                by=rollout.begun_by,
                expires_in_s=_LIFE_S,
                command_id=command_id,
            )
        if not missing:
            asked = replace(one, progress=Progress.ASKED, changed_ms=now_ms)
            self._issue(rollout, asked, "apply-release")
            self.book.note_progress(asked)

    def _issue(self, rollout: Rollout, one: GatewayProgress, name: str) -> None:
        self.issuer.issue(
            one.gateway,
            name,
            {"release": msgspec.to_builtins(rollout.signed)},
            by=rollout.begun_by,
            expires_in_s=_LIFE_S,
            command_id=self._id(one, name),
        )

    def _answer(self, one: GatewayProgress, name: str) -> CommandAnswer | None:
        command_id = self._id(one, name)
        return self.book.answers(one.gateway, [command_id]).get(command_id)

    def _id(self, one: GatewayProgress, what: str) -> str:
        return derived_id("rollout", one.rollout_id, one.gateway, str(one.attempt), what)


_STATES: Final[Mapping[Move, RolloutState]] = {
    Move.STOP: RolloutState.STOPPED,
    Move.FINISH: RolloutState.FINISHED,
    Move.ADVANCE: RolloutState.RUNNING,
}
_DEEDS: Final[Mapping[Move, str]] = {
    Move.STOP: "stopped",
    Move.FINISH: "finished",
    Move.ADVANCE: "advanced",
}
