"""What a check finds: a verdict, a sentence, and what to do."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Self

from edge.bootstrap.storage import open_releases
from edge.config import EdgeSettings, load_settings
from edge.state_file import GatewayState, StateFile
from vitals.errors import StorageError

__all__ = ["Case", "Finding", "Verdict", "worst"]


class Verdict(StrEnum):
    """How it is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One row; `remedy` is what to do, where anything is."""

    check: str
    verdict: Verdict
    says: str
    remedy: str = ""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One gateway to look at."""

    settings: EdgeSettings
    limit_s: float = field(default=10.0)
    """How long any one question to the outside may take."""
    configuration_version: int = 0
    """Of its settings given from afar; 0: none."""

    @classmethod
    def of_file(cls, config: Path | None, *, limit_s: float) -> Self:
        """Return the gateway of a file, under the settings that hold: those from afar are laid over it.

        Raises
        ------
        ConfigurationError
            The file, the environment or the version from afar cannot be used.
        """
        settings = load_settings(config)
        try:
            remote = open_releases(settings).configuration
        except StorageError:  # what cannot be read of `data_dir` is a finding of its own
            return cls(settings=settings, limit_s=limit_s)
        if (overlay := remote.overlay()) is not None:
            settings = load_settings(config, over=overlay)
        return cls(settings=settings, limit_s=limit_s, configuration_version=remote.shelf.version)

    @cached_property
    def running(self) -> GatewayState | None:
        """How the gateway says it is, if one runs with these settings."""
        return StateFile(path=self.settings.state_file).read_running()


def worst(findings: Iterable[Finding]) -> Verdict:
    """Return the worst verdict."""
    order = list(Verdict)
    return max((finding.verdict for finding in findings), key=order.index, default=Verdict.OK)
