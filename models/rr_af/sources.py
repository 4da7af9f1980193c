"""What is trained on, and how its patients are dealt into parts that are left out in turn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

from models.datasets import cinc2017
from models.rr_af.recordings import RrRecording, afdb, afdb_folder, mitdb_intervals, strip_intervals

__all__ = ["Sources"]

_SMOKE_STRIPS: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Long recordings, short ones that count more often, and strips of half a minute."""

    long: Sequence[RrRecording]
    short: Sequence[RrRecording] = ()
    strips: Sequence[RrRecording] = ()

    @classmethod
    def read(cls, data_dir: Path, *, smoke: bool = False) -> "Sources":
        """Read ``afdb_rr/``, and ``mitdb/`` and ``cinc2017/`` where they lie beside it.

        Raises
        ------
        RecordingError
            There is no ``afdb_rr.tar.xz``, or a set cannot be read.
        """
        mitdb, cinc = data_dir / "mitdb", data_dir / "cinc2017"
        strips = cinc2017(cinc) if cinc.is_dir() else iter(())
        return cls(
            long=tuple(afdb(afdb_folder(data_dir))),
            short=tuple(mitdb_intervals(mitdb)) if mitdb.is_dir() else (),
            strips=tuple(strip_intervals(islice(strips, _SMOKE_STRIPS if smoke else None))),
        )

    @property
    def judged(self) -> tuple[RrRecording, ...]:
        """Those that are left out in turn; the strips never are."""
        return (*self.long, *self.short)

    def dealt(self, count: int) -> dict[str, int]:
        """Deal the patients of each set into parts, those with most fibrillation first, to and fro."""
        parts: dict[str, int] = {}
        to_and_fro = (*range(count), *reversed(range(count)))
        for recordings in (self.long, self.short):
            share = {one.patient: float(one.is_fibrillation.mean()) for one in recordings}
            ranked = sorted(share, key=lambda patient: (-share[patient], patient))
            parts |= {patient: to_and_fro[place % len(to_and_fro)] for place, patient in enumerate(ranked)}
        return parts

    def without(self, part: int, parts: Mapping[str, int]) -> "Sources":
        """Leave the patients of a part out."""
        return replace(
            self,
            long=[one for one in self.long if parts[one.patient] != part],
            short=[one for one in self.short if parts[one.patient] != part],
        )
