"""Whether settings given from afar prove good: they do once the cloud acknowledges anything under them."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from edge.remote.remote_configuration import RemoteConfiguration

__all__ = ["ConfigurationTrial", "Verdict"]


class Verdict(StrEnum):
    """What a look at a trial finds."""

    NONE = "none"
    """Nothing is on trial."""
    WAITING = "waiting"
    KEPT = "kept"
    TAKEN_BACK = "taken-back"
    """The gateway must start anew with the settings before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationTrial:
    """Looked at every second of a gateway's life, which began at `began_s`."""

    remote: RemoteConfiguration
    acknowledged: Callable[[], int]
    """How many records the cloud has acknowledged since the start."""
    confirm_s: float
    began_s: float

    def look(self, now_s: float) -> Verdict:
        """Confirm or take back what is on trial, if it is time.

        Raises
        ------
        StorageError
            If the verdict cannot be kept: the next look comes to it again.
        """
        trial = self.remote.trial
        if trial is None or not trial.starts:  # without a start it is only about to be tried
            return Verdict.NONE
        if self.acknowledged():
            self.remote.confirm()
            return Verdict.KEPT
        if now_s - self.began_s < self.confirm_s:
            return Verdict.WAITING
        self.remote.roll_back(f"the cloud acknowledged nothing under it within {self.confirm_s:.0f} s")
        return Verdict.TAKEN_BACK
