"""influxdb-client against a server that really implements `/api/v2/write`."""

import time

import httpx

from cloud.config import InfluxSettings
from cloud.storage.influx.client_route import WriteV2
from cloud.storage.influx.line_protocol import lines_of
from cloud.storage.influx.server import InfluxServer
from tests.contracts.records import identified, run
from tests.fakes.victoria_metrics import victoria_metrics

T_MS = 1_700_000_000_123
_FOUND_S = 20.0


def test_lines_written_by_the_client_arrive_with_their_time_in_milliseconds() -> None:
    lines = lines_of([identified(run((T_MS, 60.25)), 1)])
    with victoria_metrics() as url:
        server = InfluxServer(f"influx+{url}", InfluxSettings())
        route = WriteV2(server, server.bucket)
        route.write("\n".join(line.text for line in lines).encode())
        route.close()
        server.close()
        assert _exported(url) == [("c0-00-00-00-00-01", "wei", [60.25], [T_MS])]


def _exported(url: str) -> list[tuple[str, str, list[float], list[int]]]:
    """Return what the server holds of `value`; it shows new points after a moment."""
    deadline = time.monotonic() + _FOUND_S
    while time.monotonic() < deadline:
        httpx.get(f"{url}/internal/force_flush")
        answer = httpx.get(f"{url}/api/v1/export", params={"match[]": "observation_value"})
        if answer.text:
            row = answer.json()
            return [(row["metric"]["device"], row["metric"]["patient"], row["values"], row["timestamps"])]
        time.sleep(0.1)
    return []
