"""Reads sums: from the coarsest database that fits, and from the points where that does not know them yet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from cloud.ports import RollupQuery, Rollups
from cloud.storage.influx.database import Database
from cloud.storage.influx.line_protocol import BELIEVED
from cloud.storage.influx.reader import Shifts
from cloud.storage.influx.stored_sums import SumStore
from cloud.storage.influx.sums_of_points import sum_points
from cloud.storage.points.outlying import OutlyingPoints
from cloud.storage.points.sums import Sums


@dataclass(frozen=True, slots=True, kw_only=True)
class RollupSource:
    """Answers as exactly as the points themselves would; `stores` are ordered by length, longest first."""

    points: Database
    stores: Sequence[SumStore]
    outlying: OutlyingPoints

    def read(self, patient_id: str, query: RollupQuery, shifts: Shifts) -> Rollups:
        """Sum up believed points and those of clocks since put right.

        Raises
        ------
        StorageError
            If the server cannot answer.
        """
        believed = self._believed(patient_id, query)
        put_right = self._put_right(patient_id, query, shifts)
        return Sums.joined([*believed, *put_right]).answer(query)

    def _believed(self, patient_id: str, query: RollupQuery) -> Iterator[Sums]:
        store = next((store for store in self.stores if _fits(store, query)), None)
        spans = [(query.from_ms, query.to_ms)]
        if store is not None:
            whole_ms = query.to_ms - query.to_ms % store.every_ms
            # Asked before the sums are read: what is summed up in between is right either way.
            spans = self.outlying.unsummed(patient_id, query.kind, query.from_ms, whole_ms)
            stored = store.read([patient_id], query.kind, (query.from_ms, whole_ms)).get(patient_id)
            if stored is not None:
                yield _without(stored, spans)
            else:  # perhaps because the sums are lost, which is known now
                spans = self.outlying.unsummed(patient_id, query.kind, query.from_ms, whole_ms)
            spans = _joined([*spans, (max(whole_ms, query.from_ms), query.to_ms)])
        for span in spans:
            yield from self._of_points(patient_id, query, span, BELIEVED, 0)

    def _put_right(self, patient_id: str, query: RollupQuery, shifts: Shifts) -> Iterator[Sums]:
        for clock, shift_ms in shifts.items():
            if shift_ms is not None:
                span = (query.from_ms, query.to_ms)
                yield from self._of_points(patient_id, query, span, clock, shift_ms)

    def _of_points(
        self, patient_id: str, query: RollupQuery, span: tuple[int, int], clock: str, shift_ms: int
    ) -> Iterator[Sums]:
        yield from sum_points(
            self.points,
            [patient_id],
            query.kind,
            span,
            query.every_ms,
            clock=clock,
            shift_ms=shift_ms,
            begun_ms=query.from_ms,
        ).values()


def _without(sums: Sums, spans: Sequence[tuple[int, int]]) -> Sums:
    """Return the stretches that begin in none of the spans."""
    within = np.zeros(len(sums.from_ms), bool)
    for from_ms, to_ms in spans:
        within |= (sums.from_ms >= from_ms) & (sums.from_ms < to_ms)
    return sums.where(~within)


def _fits(store: SumStore, query: RollupQuery) -> bool:
    return query.every_ms % store.every_ms == 0 and query.from_ms % store.every_ms == 0


def _joined(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join spans that touch, oldest first, and leave out those that are empty."""
    joined: list[tuple[int, int]] = []
    for from_ms, to_ms in spans:
        if from_ms >= to_ms:
            continue
        if joined and joined[-1][1] == from_ms:
            from_ms = joined.pop()[0]  # noqa: PLW2901 - the two are one
        joined.append((from_ms, to_ms))
    return joined
