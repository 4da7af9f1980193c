"""The stays of the PhysioNet/CinC Challenge 2012, of any of its sets, as they lie in a folder."""

import csv
import io
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.folds import record_digest
from models.left_out import LeftOut, leave_out
from vitals.errors import RecordingError

__all__ = ["Stay", "source_files", "stays"]

_ARCHIVE: Final = re.compile(r"set-(\w+)\.(?:tar\.xz|tar\.gz|tgz|tar)")
_OUTCOME: Final = "In-hospital_death"
_DESCRIPTORS: Final = frozenset({"RecordID", "Age", "Gender", "Height", "ICUType", "Weight"})
_SEXES: Final = {0.0: "female", 1.0: "male"}
_UNITS: Final = {1.0: "coronary", 2.0: "cardiac surgery", 3.0: "medical", 4.0: "surgical"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """Two days in intensive care: columns of ``(n,)`` rows in order of time, and how it ended.

    ``unreadable`` lines of its file were left out; ``digest`` names its content.
    """

    record: str
    died: bool
    age_years: float | None
    sex: str
    unit: str
    minutes: NDArray[np.float64]
    names: NDArray[np.str_]
    values: NDArray[np.float64]
    unreadable: int
    digest: str

    def series(self, *names: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return minutes since admission and values of one or more variables, in order of time."""
        chosen = np.isin(self.names, names)
        return self.minutes[chosen], self.values[chosen]


def stays(folder: Path, left_out: LeftOut | None = None) -> Iterator[Stay]:
    """Yield the stays whose end an ``Outcomes-*.txt`` tells: of every ``set-*`` archive or folder, or loose.

    ``folder`` holds them itself or in a folder ``cinc2012``. Stays without an end, and ends without a stay,
    are passed over. Where ``left_out`` is given they are noted there, and so is a file that holds no stay.

    Raises
    ------
    RecordingError
        There is no set, or no outcome of any stay of it, or (without ``left_out``) a file that holds no stay.
    """
    place, archives, loose = _sources(folder)
    died, noted, told = _outcomes(place), left_out or LeftOut(), set()
    for record, content in (
        *(found for archive in archives for found in _members(archive)),
        *((path.stem, path.read_bytes()) for path in loose),
    ):
        if record not in died:
            noted.note(record, "no Outcomes-*.txt tells how it ended")
            continue
        try:
            stay = _stay(record, content, died=died[record])
        except RecordingError as error:
            leave_out(left_out, record, error)
            continue
        told.add(record)
        yield stay
    for record in died.keys() - told:
        noted.note(record, "an Outcomes-*.txt tells how it ended, but no set-* has its file")
    if not told:
        raise RecordingError(
            f"no Outcomes-*.txt in {place} tells of any stay there: put the one of each set-* beside it"
            f"{noted.first()}"
        )


def source_files(folder: Path) -> list[Path]:
    """Return the files that ``stays`` reads, in order."""
    place, archives, loose = _sources(folder)
    return [*sorted(place.glob("Outcomes-*.txt")), *archives, *loose]


def _sources(folder: Path) -> tuple[Path, list[Path], list[Path]]:
    inner = folder / "cinc2012"
    place = inner if inner.is_dir() else folder
    archives = sorted(path for path in place.glob("set-*") if _ARCHIVE.fullmatch(path.name))
    packed = {path.name.partition(".")[0] for path in archives}
    loose = sorted(path for path in place.glob("set-*/*.txt") if path.parent.name not in packed)
    if not archives and not loose:
        loose = sorted(path for path in place.glob("*.txt") if path.stem.isdigit())
    if not archives and not loose:
        raise RecordingError(
            f"{folder} holds no set-*.tar.xz of CinC 2012, nor its files loose: "
            "point at the folder of it and its Outcomes-*.txt"
        )
    return place, archives, loose


def _outcomes(place: Path) -> dict[str, bool]:
    died: dict[str, bool] = {}
    for path in sorted(place.glob("Outcomes-*.txt")):
        text = path.read_text(encoding="utf-8-sig", errors="replace")
        for row in csv.DictReader(io.StringIO(text), skipinitialspace=True):
            end = (row.get(_OUTCOME) or "").strip()
            if end in {"0", "1"}:  # -1 would be: not known
                died[(row.get("RecordID") or "").strip()] = end == "1"
    return died


def _members(archive: Path) -> Iterator[tuple[str, bytes]]:
    try:
        with tarfile.open(archive, "r|*") as members:
            for member in members:
                content = members.extractfile(member) if member.name.endswith(".txt") else None
                if content is not None:
                    yield Path(member.name).stem, content.read()
    except (tarfile.TarError, EOFError, OSError) as error:
        raise RecordingError(f"{archive} cannot be read to its end ({error}): copy it again") from error


def _stay(record: str, content: bytes, *, died: bool) -> Stay:
    rows, unreadable = [], 0
    for line in content.decode("utf-8", errors="replace").splitlines()[1:]:
        row = _row(line)
        if row is None:
            unreadable += 1
        else:
            rows.append(row)
    if not rows:
        raise RecordingError(
            f"the file of stay {record} has not one line of time, name and value: copy it again"
        )
    rows.sort(key=lambda row: row[0])
    admission = {name: value for minute, name, value in rows if not minute and name in _DESCRIPTORS}
    age_years = admission.get("Age", -1.0)
    measured = [row for row in rows if row[1] not in _DESCRIPTORS]
    return Stay(
        record=record,
        died=died,
        age_years=age_years if age_years > 0 else None,
        sex=_SEXES.get(admission.get("Gender", -1.0), "not told"),
        unit=_UNITS.get(admission.get("ICUType", -1.0), "not told"),
        minutes=np.array([minute for minute, _, _ in measured], dtype=np.float64),
        names=np.array([name for _, name, _ in measured], dtype=np.str_),
        values=np.array([value for _, _, value in measured], dtype=np.float64),
        unreadable=unreadable,
        digest=record_digest(content),
    )


def _row(line: str) -> tuple[float, str, float] | None:
    """Read ``hh:mm,name,value``; ``None`` for a line that is none."""
    try:
        time, name, value = line.split(",")
        hours, minutes = time.split(":")
        row = int(hours) * 60.0 + int(minutes), name.strip(), float(value)
    except ValueError:
        return None
    return row if np.isfinite(row[2]) else None
