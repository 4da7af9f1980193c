"""The rhythm model a gateway judges by: the one it is told of, or the one that ships."""

from importlib.util import find_spec
from pathlib import Path

from edge.alarms.local_alarm import AlarmKey
from edge.config import EdgeSettings
from edge.health import GatewayHealth
from edge.ports import RhythmModel
from vitals.clock import Clock
from vitals.errors import ModelRejectedError

__all__ = ["load_model", "shipped_model"]


def shipped_model() -> Path:
    """Return where the rhythm model's manifest lies that ships with the program, whether it is there or not.

    The artefact is the contract with `models`; none of its code is imported.
    """
    spec = find_spec("models")
    folder = Path(spec.origin).parent if spec and spec.origin else Path("models")
    return folder / "artifacts" / "rhythm" / "manifest.json"


def load_model(settings: EdgeSettings, health: GatewayHealth, clock: Clock) -> RhythmModel | None:
    """Load the model, or raise the gateway's alarm and go on without."""
    try:
        from edge.adapters.tflite import TfliteRhythmModel  # noqa: PLC0415 - its runtime may not be installed

        return TfliteRhythmModel.load(settings.model or shipped_model())
    except (ModelRejectedError, ImportError) as error:
        health.alarms.set(AlarmKey.MODEL_UNUSABLE, stands=True, t_ms=clock.wall_ms(), detail=str(error))
        return None
