"""Sums by the minute and by the hour, in a database each beside that of the points.

The measurement is `sums`, its tags are `kind` and `patient`, its fields those of `Sums`, all floats. A
stretch that had values and has none any more is kept with a count of 0, since overwriting is all that every
version can do.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from cloud.storage.influx.database import Database
from cloud.storage.influx.line_protocol import key_of, number
from cloud.storage.influx.questions import any_of, ns, windows
from cloud.storage.influx.writer import LineWriter
from cloud.storage.points.sums import Sums
from vitals.errors import StorageError

MEASUREMENT: Final = "sums"
MINUTE_MS: Final = 60_000
HOUR_MS: Final = 3_600_000
SUFFIXES: Final = {MINUTE_MS: "_1m", HOUR_MS: "_1h"}
"""What is added to the name of the points' database, by the length of the stretches."""

_FIELDS: Final = ("count", "minimum", "maximum", "mean", "squares")
_STORED = """
SELECT "count", "minimum", "maximum", "mean", "squares" FROM "sums"
WHERE {patients} AND "kind" = $kind AND time >= $from_ns AND time < $to_ns GROUP BY "patient"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SumStore:
    """One database of sums: its stretches begin at whole multiples of `every_ms`."""

    database: Database
    writer: LineWriter
    every_ms: int

    def read(self, patient_ids: Sequence[str], kind: str, span: tuple[int, int]) -> dict[str, Sums]:
        """Return the stretches with values that begin in a span, by patient.

        Raises
        ------
        StorageError
            If the server cannot answer.
        """
        patients, bound = any_of("patient", patient_ids)
        found: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
        longest_ms = self.database.server.dialect.longest_ms(self.every_ms)
        for from_ms, to_ms in windows(*span, longest_ms):
            bounds: dict[str, str | int] = {"kind": kind, "from_ns": ns(from_ms), "to_ns": ns(to_ms)}
            for tags, row in self.database.rows(_STORED.format(patients=patients), bound | bounds):
                if row["count"]:
                    found[tags["patient"]].append(row)
        return {patient_id: _sums(rows) for patient_id, rows in found.items()}

    def write(self, kind: str, sums: Mapping[str, Sums]) -> None:
        """Store the stretches of each patient; writing them again changes nothing.

        Raises
        ------
        StorageError
            If the server does not take them all.
        """
        lines = [line for patient_id, found in sums.items() for line in _lines(patient_id, kind, found)]
        refused = self.writer.write(lines)
        if refused:
            raise StorageError(
                f"{self.database.name} takes no sums ({refused[0].reason}): drop that database"
            )


def _lines(patient_id: str, kind: str, sums: Sums) -> Iterator[str]:
    tags = {"kind": kind} | ({"patient": patient_id} if patient_id else {})
    series = key_of(MEASUREMENT, tags)
    columns = (getattr(sums, name).tolist() for name in ("from_ms", *_FIELDS))
    for t_ms, *values in zip(*columns, strict=True):
        fields = ",".join(f"{name}={number(value)}" for name, value in zip(_FIELDS, values, strict=True))
        yield f"{series} {fields} {t_ms}"


def _sums(rows: Iterable[Mapping[str, Any]]) -> Sums:
    kept = list(rows)
    floats = {name: np.array([row[name] for row in kept], np.float64) for name in _FIELDS}
    count = floats.pop("count").astype(np.int64)
    return Sums(from_ms=np.array([row["time"] for row in kept], np.int64), count=count, **floats)
