"""Every command and what it does here: the table the desk works from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

from edge.ports import LocalSignals
from edge.remote.commands import Answer, Handler, refused
from vitals.records import CommandOutcome
from vitals.wire.command import AlertAcknowledged, Identify, NobodyReached, SilenceAlarm, UploadWaveform

__all__ = ["SignalCommands", "command_table"]


def command_table(  # noqa: PLR0913 - a handler of each command
    *,
    upload: Callable[[str, UploadWaveform], Answer],
    fetch_model: Handler,
    model_part: Handler,
    apply_release: Handler,
    forget: Handler,
    signals: LocalSignals,
) -> Mapping[str, Handler]:
    """Return the handler of each command of `vitals.wire.command.BODIES`."""
    here = SignalCommands(signals=signals)
    return MappingProxyType(
        {
            "upload-waveform": upload,
            "fetch-model": fetch_model,
            "model-part": model_part,
            "apply-release": apply_release,
            "silence-alarm": here.silence,
            "alert-acknowledged": here.acknowledge,
            "identify": here.identify,
            "nobody-reached": here.nobody_reached,
            "forget-device": forget,
        }
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalCommands:
    """What is asked of the gateway's own light and sound."""

    signals: LocalSignals

    def silence(self, _command_id: str, asked: SilenceAlarm) -> Answer:
        """Pause the sound of one alarm."""
        key = asked.event_id or asked.key
        if key is None:
            return refused("it names no alarm: give event_id or key")
        until_ms = self.signals.silence(key, until_ms=asked.until_ms)
        if until_ms is None:
            return refused(f"no alarm {key} stands here")
        moment = datetime.fromtimestamp(until_ms / 1000, UTC).isoformat(timespec="seconds")
        return Answer(outcome=CommandOutcome.DONE, detail=f"quiet until {moment.replace('+00:00', 'Z')}")

    def acknowledge(self, _command_id: str, asked: AlertAcknowledged) -> Answer:
        """End the sound for an episode: somebody looks after it. That there is none any more is as good."""
        if self.signals.acknowledge(asked.event_id, was_right=asked.was_right):
            return Answer(outcome=CommandOutcome.DONE, detail="nothing sounds for it any more")
        return Answer(outcome=CommandOutcome.DONE, detail="no alarm stands here for it")

    def identify(self, _command_id: str, asked: Identify) -> Answer:
        """Show which gateway this is."""
        self.signals.identify(asked.seconds)
        return Answer(outcome=CommandOutcome.DONE, detail=f"shown for {asked.seconds} s")

    def nobody_reached(self, _command_id: str, asked: NobodyReached) -> Answer:
        """Alarm in this home: the cloud has an alert, and reaches nobody."""
        self.signals.nobody_reached(priority=asked.priority, for_s=asked.for_s)
        detail = f"alarms here for {asked.for_s} s" if asked.for_s else "alarms no more"
        return Answer(outcome=CommandOutcome.DONE, detail=detail)
