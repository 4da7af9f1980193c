"""The gateway's models for one recording after another: each judged by a network that has never seen it."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from edge.adapters.tflite import TfliteModel
from edge.bootstrap import load_models, shipped_models
from edge.config import EdgeSettings
from edge.health import GatewayHealth
from edge.judging.judge import Judge
from edge.judging.models import ModelSet
from models.beats.recordings import beat_recordings
from models.folds import FoldBook
from vitals.clock import ScaledClock
from vitals.errors import RecordingError
from vitals.manifest import load_verified

__all__ = ["UnseenJudges"]

_BEATS = "beats"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnseenJudges:
    """The shipped models, and of the beat model the networks of its folds with what each has not seen."""

    shipped: ModelSet
    book: FoldBook | None
    digests: dict[str, str]

    @classmethod
    def load(cls, records_dir: Path) -> Self:
        """Load what ships; without a beat model there is nothing it could have seen."""
        with TemporaryDirectory() as folder:
            settings = EdgeSettings(gateway_id="bench", data_dir=Path(folder), adopt=True)
            shipped = load_models(settings, GatewayHealth(), ScaledClock())
        place = shipped_models() / _BEATS
        if shipped.manifest(_BEATS) is None:
            return cls(shipped=shipped, book=None, digests={})
        _, artefact = load_verified(place / "manifest.json")
        return cls(shipped=shipped, book=FoldBook.load(place, artefact), digests=_digests(records_dir))

    def judge_for(self, record: str) -> Judge:
        """Return a judge whose models were trained without this recording; what they count is shared."""
        models, manifest = dict(self.shipped.models), self.shipped.manifest(_BEATS)
        digest = self.digests.get(record)
        if self.book is not None and manifest is not None and digest is not None and self.book.knows(digest):
            models[_BEATS] = TfliteModel(manifest, self.book.artefact_for(digest))
        health = self.shipped.health
        known = ModelSet(models=models, health=health, companions=self.shipped.companions)
        return Judge(models=known, health=health)


def _digests(records_dir: Path) -> dict[str, str]:
    try:
        return {recording.record: recording.digest for recording in beat_recordings(records_dir)}
    except RecordingError:  # nothing there that a beat model could have been trained on
        return {}
