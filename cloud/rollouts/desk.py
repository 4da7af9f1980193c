"""Where administrators begin, advance, pause and stop roll-outs. It holds no key, and signs nothing.

Whoever takes the service over can withhold a release, and give out what an operator signed; nothing else.
"""

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Final

from cloud.ports import (
    GatewayProgress,
    GatewayReader,
    Rollout,
    RolloutBook,
    RolloutConflictError,
    RolloutPlan,
    RolloutRefusedError,
    RolloutState,
    Stage,
)
from cloud.rollouts.notes import note_of
from cloud.rollouts.stages import Move, following
from vitals.clock import Clock
from vitals.errors import ModelRejectedError
from vitals.model_bundle import files_of
from vitals.release import (
    EVERY_GATEWAY,
    ModelContent,
    Release,
    ReleaseRefusedError,
    SignedRelease,
    open_release,
)

__all__ = ["RolloutDesk"]

_GOES_ON: Final = frozenset({RolloutState.RUNNING, RolloutState.PAUSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutDesk:
    """`release_keys` are the public keys that this service's gateways trust; `after` wakes the conductor."""

    book: RolloutBook
    gateways: GatewayReader
    clock: Clock
    new_id: Callable[[], str]
    release_keys: Collection[str]
    after: Callable[[], None] = lambda: None

    def begin(self, signed: SignedRelease, plan: RolloutPlan, *, by: str) -> Rollout:
        """Begin to give out a signed release.

        Raises
        ------
        RolloutRefusedError
            No gateway would take it, a higher version was given out, or another of its line is under way.
        StorageError
            It cannot be kept: nothing is given out.
        """
        release, now_ms = self._opened(signed), self.clock.wall_ms()
        self._refuse(release, plan, now_ms)
        rollout = Rollout(
            id=self.new_id(),
            line=release.line,
            version=release.version,
            target=release.target,
            signed=signed,
            plan=plan,
            state=RolloutState.RUNNING,
            stage=Stage.ONE if release.target == EVERY_GATEWAY else Stage.ALL,
            stage_since_ms=now_ms,
            begun_ms=now_ms,
            begun_by=by,
            expires_ms=release.expires_ms,
            artefact=release.content.sha256 if isinstance(release.content, ModelContent) else None,
        )
        self.book.begin(rollout, note_of(rollout, "begun", actor=by, t_ms=now_ms))
        self.after()
        return rollout

    def look_at(self, signed: SignedRelease) -> Release:
        """Return what a signed release says; nothing is begun.

        Raises
        ------
        RolloutRefusedError
            If no gateway here would take it.
        """
        return self._opened(signed)

    def keep_artefact(self, content: bytes) -> str:
        """Keep a model's bundle for a roll-out to come; return its SHA-256.

        Raises
        ------
        RolloutRefusedError
            It is none.
        """
        try:
            files_of(content)
        except ModelRejectedError as error:
            raise RolloutRefusedError(str(error)) from error
        sha256 = hashlib.sha256(content).hexdigest()
        self.book.keep_artefact(sha256, content, self.clock.wall_ms())
        return sha256

    def advance(self, rollout_id: str, *, from_stage: Stage, by: str) -> Rollout:
        """Go on to the next stage without waiting; `from_stage` is what whoever asks has seen.

        Raises
        ------
        RolloutRefusedError
            It does not run, or is in another stage by now.
        """
        rollout = self._found(rollout_id)
        if rollout.state is not RolloutState.RUNNING:
            raise RolloutRefusedError(f"it is {rollout.state}: resume it, or sign a higher version")
        if rollout.stage is not from_stage:
            raise RolloutConflictError(f"it is in stage {rollout.stage} by now: look again")
        turn = following(rollout)
        state = RolloutState.FINISHED if turn.move is Move.FINISH else rollout.state
        what = "finished" if turn.move is Move.FINISH else "advanced"
        return self._changed(rollout, what, by, state=state, stage=turn.stage)

    def pause(self, rollout_id: str, *, by: str) -> Rollout:
        """Ask no further gateway until it is resumed."""
        return self._from(rollout_id, {RolloutState.RUNNING}, RolloutState.PAUSED, "paused", by)

    def resume(self, rollout_id: str, *, by: str) -> Rollout:
        """Go on where it was paused; the time of its stage begins anew."""
        return self._from(rollout_id, {RolloutState.PAUSED}, RolloutState.RUNNING, "resumed", by)

    def stop(self, rollout_id: str, *, by: str) -> Rollout:
        """Give it to nobody more, for good. Those who have it keep it until a higher version comes."""
        going = _GOES_ON | {RolloutState.FINISHED}
        return self._from(rollout_id, going, RolloutState.STOPPED, "stopped", by, reason="by hand")

    def status(self, rollout_id: str) -> tuple[Rollout, tuple[GatewayProgress, ...]]:
        """Return a roll-out and how far each gateway has got, by name.

        Raises
        ------
        RolloutRefusedError
            There is none.
        """
        rollout = self._found(rollout_id)
        progress = self.book.progress_of(rollout_id)
        return rollout, tuple(progress[gateway] for gateway in sorted(progress))

    def _opened(self, signed: SignedRelease) -> Release:
        if not self.release_keys:
            raise RolloutRefusedError(
                "release_keys is empty, so no gateway here trusts anybody: put there what "
                "`carewire cloud release-key show` prints"
            )
        try:
            return open_release(signed, trusted=self.release_keys).release
        except ReleaseRefusedError as error:
            raise RolloutRefusedError(str(error)) from error

    def _refuse(self, release: Release, plan: RolloutPlan, now_ms: int) -> None:
        if release.expires_ms <= now_ms:
            raise RolloutRefusedError("it has expired: sign it anew, as a higher version")
        if isinstance(release.content, ModelContent):
            held = self.book.artefact(release.content.sha256)
            if held is None or len(held) != release.content.size:
                raise RolloutRefusedError("the model it is of is not here: bring its bundle first")
        known = self.gateways.heard_gateways()
        wanted = plan.first if release.target == EVERY_GATEWAY else release.target
        if wanted not in known:
            raise RolloutRefusedError(f"no gateway {wanted!r} was ever heard: check the name")
        if (highest := self.book.highest(release.line)) >= release.version:
            raise RolloutConflictError(
                f"{release.line} had version {highest}: sign it as {highest + 1} or higher"
            )

    def _from(  # noqa: PLR0913 - the parts of a change
        self,
        rollout_id: str,
        states: Collection[RolloutState],
        to: RolloutState,
        what: str,
        by: str,
        *,
        reason: str = "",
    ) -> Rollout:
        rollout = self._found(rollout_id)
        if rollout.state is to:
            return rollout
        if rollout.state not in states:
            raise RolloutRefusedError(f"it is {rollout.state}, and cannot be {what}")
        return self._changed(rollout, what, by, state=to, stage=rollout.stage, reason=reason)

    def _changed(  # noqa: PLR0913 - as above
        self, before: Rollout, what: str, by: str, *, state: RolloutState, stage: Stage, reason: str = ""
    ) -> Rollout:
        now_ms = self.clock.wall_ms()
        after = replace(before, state=state, stage=stage, stage_since_ms=now_ms, reason=reason)
        if not self.book.change(before, after, note_of(after, what, actor=by, t_ms=now_ms)):
            raise RolloutConflictError("somebody changed it just now: look again")
        self.after()
        return after

    def _found(self, rollout_id: str) -> Rollout:
        rollout = self.book.rollout(rollout_id)
        if rollout is None:
            raise RolloutRefusedError("there is no such roll-out: look at the list")
        return rollout
