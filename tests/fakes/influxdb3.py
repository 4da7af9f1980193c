"""The face of InfluxDB 3 Core over a real 1.x: what it refuses that others take, as documented.

It takes no `Accept` but the exact ones, opens no more than 432 files for a query (one for ten minutes of a
table), makes a database at the first write to it, and neither creates nor erases by InfluxQL.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs

from tests.fakes.influxdb2 import Answer, InfluxDB2, error, served

_FILES = 432
_ACCEPTED = {"application/json", "application/csv", "text/csv", "*/*"}
_TABLE = re.compile(r'FROM "?(\w+)"?')
_TIMES = re.compile(r"time (?:>=|<) \$\w+")

_TEN_MINUTES = 'SELECT count("{field}") AS n FROM "{table}" WHERE {times} GROUP BY time(10m) fill(none)'


class InfluxDB3(InfluxDB2):
    """Keeps points in the 1.x behind it."""

    newest = "3.4.1"

    def query(self, question: str, accept: str) -> Answer:
        asked = {key: value for key, (value,) in parse_qs(question).items()}
        if accept not in _ACCEPTED:
            return error(406, f"unsupported format: {accept}")
        if not asked["q"].strip().upper().startswith(("SELECT", "SHOW")):
            return error(400, "only SELECT and SHOW are supported")
        files = self._files(asked)
        if files > _FILES:
            return error(400, f"Query would exceed file limit of {_FILES} parquet files: it needs {files}")
        return super().query(question, accept)

    def write(self, question: str, body: str) -> Answer:
        (bucket,) = parse_qs(question)["bucket"]
        self._ask(f'CREATE DATABASE "{bucket}"')
        status, headers, text = super().write(question, body)
        return (400 if status == 422 else status), headers, text

    def organisations(self, question: str) -> Answer:
        del question
        return error(404, "not found")

    def make_bucket(self, body: str) -> Answer:
        del body
        return error(404, "not found")

    def delete(self, question: str, body: str) -> Answer:
        del question, body
        return error(404, "not found")

    def _files(self, asked: dict[str, str]) -> int:
        found = _TABLE.search(asked["q"])
        if found is None:
            return 0
        times = " AND ".join(_TIMES.findall(asked["q"])) or "time > 0"
        field = {"observation": "value"}.get(found[1], "count")
        text = _TEN_MINUTES.format(field=field, table=found[1], times=times)
        where = {"db": asked["db"], "params": asked["params"], "epoch": "ms", "q": text}
        (result,) = json.loads(self._behind.get("/query", params=where).text)["results"]
        return sum(len(series["values"]) for series in result.get("series", []))


@contextmanager
def influxdb3(behind: str) -> Iterator[InfluxDB2]:
    """Serve 3 Core until the block ends, keeping points in the InfluxDB 1.x at `behind`."""
    with served(InfluxDB3(behind)) as server:
        yield server
