"""From one model to the next without a window unjudged: examined, then in the shadow, then on trial.

In the shadow the next model is asked what the one in use is asked, and heard by nobody. Nothing of that is
kept: a gateway that is killed meanwhile has changed nothing, and is asked again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import msgspec

from edge.judging.known_answers import wrong_answer
from edge.judging.models import Companions, ModelSet
from edge.judging.shadow import ShadowedModel
from edge.ports import Model
from edge.remote.durably import discard, write_folder
from edge.remote.remote_configuration import RELEASE_FILE
from edge.remote.shelf import Shelf, Trial
from vitals.errors import ModelRejectedError
from vitals.manifest import MANIFEST_FILE
from vitals.model_bundle import files_of
from vitals.release import ModelContent, OpenedRelease, Refusal, ReleaseRefusedError

__all__ = ["Candidate", "ModelOpener", "ModelSwitch"]


class ModelOpener(Protocol):
    """Loads and verifies a model where it lies, as one is at a start."""

    def __call__(self, name: str, manifest_path: Path) -> tuple[Model, Companions]:
        """Raise `ModelRejectedError` or `ImportError` where it may not judge."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A model that may judge as far as can be told without a wearer, and the release it came by."""

    command_id: str
    opened: OpenedRelease
    files: Mapping[str, bytes]
    model: Model
    companions: Companions

    @property
    def name(self) -> str:
        """The model's name."""
        return self.model.manifest.name


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shadow:
    candidate: Candidate
    shadowed: ShadowedModel
    until_s: float


@dataclass(slots=True, kw_only=True)
class ModelSwitch:
    """One for a life of the gateway. `restart` has it live anew where a model cannot be put in place."""

    models: ModelSet
    shelves: Mapping[str, Shelf]
    opener: ModelOpener
    staging: Path
    shadow_s: float
    restart: Callable[[], object]
    _shadow: _Shadow | None = field(default=None, init=False)

    @property
    def is_busy(self) -> bool:
        """Whether a model is in the shadow."""
        return self._shadow is not None

    def examine(
        self, command_id: str, opened: OpenedRelease, content: ModelContent, bundle: bytes
    ) -> Candidate:
        """Return a model that is signed, newer, of the same labels, and answers as where it was signed.

        Raises
        ------
        ReleaseRefusedError
            Any of that is not so.
        StorageError
            The disk refuses.
        """
        try:
            files = files_of(bundle)
            write_folder(self.staging, files)
            model, companions = self.opener(content.name, self.staging / MANIFEST_FILE)
        except (ModelRejectedError, ImportError) as error:
            raise ReleaseRefusedError(Refusal.MODEL_REJECTED, str(error)) from error
        finally:
            discard(self.staging)
        if problem := self._unfit(opened, model):
            raise ReleaseRefusedError(Refusal.MODEL_REJECTED, problem)
        if problem := wrong_answer(model, content.vectors):
            raise ReleaseRefusedError(Refusal.WRONG_ANSWERS, problem)
        return Candidate(
            command_id=command_id,
            opened=opened,
            files={**files, RELEASE_FILE: msgspec.json.encode(opened.signed)},
            model=model,
            companions=companions,
        )

    def begin_shadow(self, candidate: Candidate, now_s: float) -> bool:
        """Let a model run beside the one in use; False: there is none in use, or nobody wants to wait."""
        incumbent = self.models.models.get(candidate.name)
        if incumbent is None or self.shadow_s <= 0:
            return False
        shadowed = ShadowedModel(incumbent, candidate.model)
        self._shadow = _Shadow(candidate=candidate, shadowed=shadowed, until_s=now_s + self.shadow_s)
        self.models.put(candidate.name, shadowed)
        return True

    def end_shadow(self, now_s: float) -> tuple[Candidate, ShadowedModel] | None:
        """Return what came of a shadow that is over, with the model before judging alone again; or `None`."""
        shadow = self._shadow
        if shadow is None or (shadow.shadowed.fault is None and now_s < shadow.until_s):
            return None
        self._shadow = None
        self.models.put(shadow.candidate.name, shadow.shadowed.incumbent)
        return shadow.candidate, shadow.shadowed

    def put_on_trial(self, candidate: Candidate, trial: Trial) -> None:
        """Keep a model on its shelf and have it judge from the next window on.

        Raises
        ------
        StorageError
            It cannot be kept; the model before judges on.
        """
        self.shelves[candidate.name].propose(trial, candidate.files)
        if candidate.name in self.models.models:
            self.models.put(candidate.name, candidate.model, candidate.companions)
        else:
            self.restart()  # what watches the wearers was made without such a model

    def put_back(self, name: str, find: Callable[[str], tuple[Model, Companions]]) -> None:
        """Have the model judge that holds now; where it cannot be had, the gateway lives anew without it."""
        try:
            model, companions = find(name)
        except (ModelRejectedError, ImportError):
            self.restart()
            return
        self.models.put(name, model, companions)

    def _unfit(self, opened: OpenedRelease, model: Model) -> str | None:
        manifest, judging = model.manifest, self.models.manifest(model.manifest.name)
        if manifest.version != opened.release.version:
            return f"the release is version {opened.release.version}, the model in it {manifest.version}"
        if judging is not None and manifest.labels != judging.labels:
            return "it tells other labels than the model in use: such a model comes with the program"
        if judging is not None and manifest.version <= judging.version:
            return f"version {manifest.version} is not above {judging.version}, which judges here"
        return None
