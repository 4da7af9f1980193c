"""What becomes of a signed release: judged by a table of questions, then tried by its kind.

Nothing is taken that is not signed by whom this gateway trusts, meant for it, newer than all it ever took,
and of now; each refusal is answered with its reason.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import structlog

from edge.remote.commands import Answer, refused
from edge.remote.model_switch import Candidate, ModelSwitch
from edge.remote.releases import Releases
from edge.remote.shelf import Shelf, Trial
from edge.remote.trial_watch import Wellness
from vitals.clock import Clock
from vitals.errors import StorageError
from vitals.records import CommandOutcome
from vitals.release import (
    EVERY_GATEWAY,
    ModelContent,
    OpenedRelease,
    Refusal,
    ReleaseRefusedError,
    SettingsContent,
    SignedRelease,
    TrustedKeys,
    open_release,
)
from vitals.settings import Overlay
from vitals.wire.command import ApplyRelease, FetchModel, ModelPart

__all__ = ["ReleaseDesk"]

_A = TypeVar("_A", Answer, Answer | None)

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseDesk:
    """One for a life of the gateway; its methods are handlers of `edge.remote.command_table`."""

    gateway_id: str
    releases: Releases
    switch: ModelSwitch
    wellness: Wellness
    clock: Clock
    is_synced: Callable[[], bool]
    monotonic_s: Callable[[], float]
    check: Callable[[Overlay], object]
    """Raises ConfigurationError if settings cannot be used."""
    has_consent: bool
    """Whether this home lets what alarms it be set from afar."""
    start_anew: Callable[[], object]

    def fetch_model(self, _command_id: str, asked: FetchModel) -> Answer:
        """Make room for a model's parts."""
        return _answered(lambda: self._fetch(asked.release))

    def model_part(self, _command_id: str, asked: ModelPart) -> Answer:
        """Keep a part of a model."""
        return _answered(lambda: self._keep_part(asked))

    def apply(self, command_id: str, asked: ApplyRelease) -> Answer | None:
        """Put a release on trial, whose answer comes once it has proved good or was taken back."""
        return _answered(lambda: self._apply(command_id, asked.release))

    def step(self) -> tuple[str, Answer] | None:
        """Go on with a model whose time in the shadow is over; return its command and answer, if it is out.

        Raises
        ------
        StorageError
            Never: a disk that refuses is an answer.
        """
        over = self.switch.end_shadow(self.monotonic_s())
        if over is None:
            return None
        candidate, shadowed = over
        if shadowed.fault is not None:
            return candidate.command_id, refused(Refusal.MODEL_REJECTED.told(shadowed.fault))
        before = shadowed.manifest.version
        note = (
            f"beside version {before} it judged {shadowed.windows} windows "
            f"and said otherwise of {shadowed.disagreed}"
        )
        answer = _answered(lambda: self._try_model(candidate, note))
        return None if answer is None else (candidate.command_id, answer)

    def _fetch(self, signed: SignedRelease) -> Answer:
        opened = self._opened(signed)
        content = opened.release.content
        if not isinstance(content, ModelContent):
            return refused(Refusal.UNREADABLE.told("it is a release of no model: apply it"))
        self._shelf(content)
        if known := self._known(opened):
            return known
        self.releases.incoming.expect(content)
        return Answer(outcome=CommandOutcome.DONE, detail=f"{content.size} bytes are expected")

    def _keep_part(self, part: ModelPart) -> Answer:
        self.releases.incoming.take(part)
        return Answer(outcome=CommandOutcome.DONE, detail=f"the part at {part.offset} is kept")

    def _apply(self, command_id: str, signed: SignedRelease) -> Answer | None:
        opened = self._opened(signed)
        if known := self._known(opened):
            return known
        if (shelf := self.releases.on_trial) is not None or self.switch.is_busy:
            tried = "a model in the shadow" if shelf is None else shelf.line
            raise ReleaseRefusedError(Refusal.BUSY, f"{tried} is being tried: ask again when that is over")
        content = opened.release.content
        if isinstance(content, SettingsContent):
            return self._try_settings(command_id, opened, content)
        if isinstance(content, ModelContent):
            return self._begin_model(command_id, opened, content)
        return self._trust(opened, content)

    def _opened(self, signed: SignedRelease) -> OpenedRelease:
        if (damage := self.releases.trust.damage) is not None:
            raise ReleaseRefusedError(Refusal.UNTRUSTED_KEY, damage)
        opened = open_release(signed, trusted=self.releases.trust.keys)
        release = opened.release
        if release.target not in {self.gateway_id, EVERY_GATEWAY}:
            raise ReleaseRefusedError(Refusal.NOT_FOR_ME, f"it is for {release.target}")
        self.releases.trust.refuse_untimely(release, now_ms=self.clock.wall_ms(), is_synced=self.is_synced())
        return opened

    def _known(self, opened: OpenedRelease) -> Answer | None:
        """Return what is answered of a version that was taken before, by this document and no other.

        Raises
        ------
        ReleaseRefusedError
            A higher version was taken, or this one of another document, or it was taken back.
        """
        release, seen = opened.release, self.releases.trust.seen(opened.release.line)
        shelf = self._shelf(release.content)
        highest = max(seen.version, 0 if shelf is None else shelf.highest)
        if release.version > highest:
            return None
        if release.version < highest:
            raise ReleaseRefusedError(
                Refusal.OLDER, f"version {release.version} is not above {highest}, which was taken before"
            )
        if seen.version == highest and seen.sha256 not in {"", opened.signed.sha256}:
            raise ReleaseRefusedError(
                Refusal.OTHER_CONTENT, f"version {release.version} was taken before, with other content"
            )
        return _standing(shelf, release.version)

    def _shelf(self, content: SettingsContent | ModelContent | TrustedKeys) -> Shelf | None:
        if isinstance(content, ModelContent):
            if content.name not in self.releases.models:
                raise ReleaseRefusedError(
                    Refusal.MODEL_REJECTED, f"this program has no use for a model {content.name}: update it"
                )
            return self.releases.models[content.name]
        return self.releases.configuration.shelf if isinstance(content, SettingsContent) else None

    def _try_settings(
        self, command_id: str, opened: OpenedRelease, content: SettingsContent
    ) -> Answer | None:
        trial = Trial(
            command_id=command_id, version=opened.release.version, baseline=self.wellness.baseline()
        )
        self.releases.configuration.propose(
            opened, content, trial, check=self.check, has_consent=self.has_consent
        )
        self._remember(opened)
        self.start_anew()
        return None

    def _begin_model(self, command_id: str, opened: OpenedRelease, content: ModelContent) -> Answer | None:
        bundle = self.releases.incoming.bundle(content)
        candidate = self.switch.examine(command_id, opened, content, bundle)
        if self.switch.begin_shadow(candidate, self.monotonic_s()):
            _log.info("release.in_the_shadow", line=opened.release.line, version=opened.release.version)
            return None
        return self._try_model(candidate, "")

    def _try_model(self, candidate: Candidate, note: str) -> Answer | None:
        trial = Trial(
            command_id=candidate.command_id,
            version=candidate.opened.release.version,
            starts=1,
            baseline=self.wellness.baseline(),
            note=note,
        )
        self.switch.put_on_trial(candidate, trial)
        self._remember(candidate.opened)
        self.releases.incoming.clear()
        return None

    def _remember(self, opened: OpenedRelease) -> None:
        """Take note of what is on trial; its shelf knows of it already, and has the next start do so."""
        try:
            self.releases.trust.take(opened)
        except StorageError as error:
            _log.error("release.not_remembered", line=opened.release.line, error=str(error))

    def _trust(self, opened: OpenedRelease, content: TrustedKeys) -> Answer:
        self.releases.trust.take(opened)
        _log.info("release.keys_changed", version=opened.release.version, keys=len(content.keys))
        return Answer(outcome=CommandOutcome.DONE, detail=f"{len(content.keys)} keys are trusted from now on")


def _standing(shelf: Shelf | None, version: int) -> Answer:
    """Return what is answered of the highest version there was.

    Raises
    ------
    ReleaseRefusedError
        It is on trial, or was taken back.
    """
    if shelf is not None and shelf.trial is not None:
        raise ReleaseRefusedError(Refusal.BUSY, f"version {version} is on trial: ask again")
    if shelf is not None and shelf.version != version:
        raise ReleaseRefusedError(
            Refusal.TAKEN_BACK_BEFORE,
            f"version {version} was tried and taken back: it is never tried again, sign a higher one",
        )
    return Answer(outcome=CommandOutcome.DONE, detail=f"version {version} is in use")


def _answered(work: Callable[[], _A]) -> _A | Answer:
    """Do it; what stands against it is the answer."""
    try:
        return work()
    except ReleaseRefusedError as error:
        return refused(error.refusal.told(str(error)))
    except StorageError as error:
        return Answer(outcome=CommandOutcome.FAILED, detail=Refusal.DISK_REFUSED.told(str(error)))
