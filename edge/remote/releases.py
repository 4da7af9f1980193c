"""Everything released to this gateway that its disk keeps: whom it trusts, and a shelf for each line."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Self

from edge.remote.incoming import Incoming
from edge.remote.remote_configuration import RemoteConfiguration
from edge.remote.shelf import Shelf
from edge.remote.trust import Trust
from vitals.release import Kind

__all__ = ["Releases"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Releases:
    """Opened once for a process; its lives follow one another under what holds here."""

    trust: Trust
    configuration: RemoteConfiguration
    models: Mapping[str, Shelf]
    """By the model's name."""
    incoming: Incoming

    @classmethod
    def open(cls, data_dir: Path, *, pinned: Sequence[str], models: Collection[str]) -> Self:
        """Read what is there.

        Raises
        ------
        StorageError
            It cannot be read.
        """
        shelves = {
            name: Shelf(data_dir / "released-models" / name, f"{Kind.MODEL} {name}") for name in models
        }
        return cls(
            trust=Trust(data_dir / "trust" / "trust.json", pinned),
            configuration=RemoteConfiguration(data_dir / "configuration"),
            models=MappingProxyType(shelves),
            incoming=Incoming(data_dir / "incoming-model"),
        )

    @property
    def shelves(self) -> tuple[Shelf, ...]:
        """Every line's."""
        return (self.configuration.shelf, *self.models.values())

    @property
    def on_trial(self) -> Shelf | None:
        """The shelf whose version is on trial; there is one at most."""
        return next((shelf for shelf in self.shelves if shelf.trial is not None), None)

    def begin(self) -> None:
        """Take note of a start, and have the shelves and the trust know of the same versions.

        Raises
        ------
        StorageError
            If that cannot be kept.
        """
        for shelf in self.shelves:
            shelf.begin(seen=self.trust.seen(shelf.line).version)
            self.trust.note(shelf.line, shelf.highest)

    def roll_back(self, reason: str) -> None:
        """Take back what is on trial.

        Raises
        ------
        StorageError
            If that cannot be kept.
        """
        if (shelf := self.on_trial) is not None:
            shelf.roll_back(reason)
