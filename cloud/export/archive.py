"""The archive: a ZIP that is written as it is read, with pages that any browser shows and a README."""

import html
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from cloud.export.csv_cells import moments, name_in_a_file
from cloud.export.parts import PARTS, Table
from cloud.export.sink import Sink
from cloud.export.sources import Sources
from cloud.ports import Patient

__all__ = ["archive", "file_name"]

_CHUNK_BYTES: Final = 1 << 16
_LEVEL: Final = 6
_OWNER_ONLY: Final = 0o600 << 16
_README: Final = """\
This archive holds everything Carewire keeps of {name}, as of {moment}.

Open index.html in any browser: it says what each file is.
The .csv files open in any spreadsheet, or in any editor: they are plain text, one line a row.
`time` is the time where you live, with its difference to world time; the column after it is world time (UTC).
An empty cell means: not known. A text that begins with ' would otherwise be taken for a formula.
In waveforms/, a row is a strip: its first value was taken at `time`, the others follow, so many a second.

Whoever has this file can read it: keep it as you would keep a letter from your doctor.
"""
_PAGE: Final = """\
<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Everything kept of {name}</title>
<h1>Everything kept of {name}</h1>
<p>As of {moment}. Each file is a table that any spreadsheet opens; README.txt says how to read it.</p>
<table><thead><tr><th>File<th>What it is<th>Rows</thead><tbody>
{rows}</tbody></table>
</html>
"""
_ROW: Final = '<tr><td><a href="{name}">{name}</a><td>{about}<td>{count}\n'


def file_name(patient: Patient, now_ms: int) -> str:
    """Return what the archive is called: any file system takes it."""
    day = datetime.fromtimestamp(now_ms / 1000, UTC).date().isoformat()
    return f"carewire-{name_in_a_file(patient.display_name)}-{day}.zip"


def archive(sources: Sources, patient: Patient, now_ms: int) -> Iterator[bytes]:
    """Yield the archive piece by piece.

    Raises
    ------
    StorageError
        If something cannot be read: what came before is no whole archive, and no program takes it for one.
    """
    sink = Sink()
    moment, _ = moments(sources.local, now_ms)
    words = {"name": patient.display_name, "moment": moment}
    rows: list[str] = []
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as packed:
        with packed.open(_entry("README.txt", now_ms), "w") as file:
            file.write(_README.format(**words).encode())
        for part in PARTS:
            for table in part(sources, patient.id, now_ms):
                count = 0
                with packed.open(_entry(table.name, now_ms), "w", force_zip64=True) as file:
                    for line in table.content():
                        file.write(line)
                        count += 1
                        if piece := sink.take(_CHUNK_BYTES):
                            yield piece
                rows.append(_row(table, count - 1))
        with packed.open(_entry("index.html", now_ms), "w") as file:
            escaped = {key: html.escape(value) for key, value in words.items()}
            file.write(_PAGE.format(rows="".join(rows), **escaped).encode())
    yield sink.take()


def _entry(name: str, now_ms: int) -> zipfile.ZipInfo:
    moment = datetime.fromtimestamp(now_ms / 1000, UTC)
    entry = zipfile.ZipInfo(name, (max(1980, moment.year), *moment.timetuple()[1:6]))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = _OWNER_ONLY
    return entry


def _row(table: Table, count: int) -> str:
    return _ROW.format(name=html.escape(table.name), about=html.escape(table.about), count=count)
