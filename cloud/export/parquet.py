"""Parquet: each stretch that is read is a group of rows, so that no history is ever held whole."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cloud.early_warning.local_time import LocalTime
from cloud.export.columns import HEADER, Wanted
from cloud.export.sink import Sink
from cloud.export.stretches import stretches
from cloud.ports import Series, SeriesReader
from cloud.reports.wall_clock import wall_ms
from vitals.kinds import OBSERVATION_KINDS

__all__ = ["parquet_pieces"]

_SCHEMA: Final = pa.schema(
    zip(
        HEADER,
        (
            pa.timestamp("ms"),
            pa.timestamp("ms", tz="UTC"),
            pa.float64(),
            pa.dictionary(pa.int32(), pa.string()),
            pa.float64(),
            pa.dictionary(pa.int32(), pa.string()),
        ),
        strict=True,
    )
)


def parquet_pieces(reader: SeriesReader, local: LocalTime, wanted: Wanted) -> Iterator[bytes]:
    """Yield the file, a stretch at a time; `time` is what the clock on the wall showed, without a zone.

    Raises
    ------
    StorageError
        If the store cannot answer: what came before is no whole file, and no program takes it for one.
    """
    sink = Sink()
    unit = OBSERVATION_KINDS[wanted.kind].unit_display
    with pq.ParquetWriter(sink, _SCHEMA) as writer:
        for series in stretches(reader, wanted.patient_id, wanted.kind, (wanted.from_ms, wanted.to_ms)):
            writer.write_table(_table(series, local, unit))
            if piece := sink.take():
                yield piece
    yield sink.take()


def _table(series: Series, local: LocalTime, unit: str) -> Any:  # noqa: ANN401 - pyarrow comes without types
    known = np.isnan(series.quality)
    columns = (
        pa.array(wall_ms(series.t_ms, local), pa.timestamp("ms")),
        pa.array(series.t_ms, pa.timestamp("ms", tz="UTC")),
        pa.array(series.value),
        pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(series.t_ms), np.int32)), [unit]),
        pa.array(series.quality, mask=known),
        pa.DictionaryArray.from_arrays(pa.array(series.device_index), pa.array(series.devices, pa.string())),
    )
    return pa.Table.from_arrays(list(columns), schema=_SCHEMA)
