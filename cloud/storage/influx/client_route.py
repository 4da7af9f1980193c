"""The way of writing lines that InfluxDB 2.x and 3 share: influxdb-client on `/api/v2/write`."""

from collections.abc import Mapping
from typing import Any

import urllib3
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.domain.write_precision import WritePrecision
from influxdb_client.rest import ApiException
from influxdb_client.service.write_service import WriteService

from cloud.storage.influx.answers import check_written
from cloud.storage.influx.server import InfluxServer
from vitals.errors import StorageError


class WriteV2:
    """influxdb-client, one request a call. Its batching gives up without a word, so none of that."""

    def __init__(self, server: InfluxServer, database: str) -> None:
        self._server = server
        self._database = database
        self._client = InfluxDBClient(
            server.url, server.token or "", org=server.org, timeout=int(server.timeout_s * 1000)
        )
        self._service: Any = WriteService(self._client.api_client)  # type: ignore[no-untyped-call]

    def write(self, body: bytes) -> None:
        """Return once every line is stored."""
        status, text, headers = self._post(body)
        check_written(str(self._server), status, text, headers)

    def close(self) -> None:
        """Close the client's connections."""
        self._client.close()  # type: ignore[no-untyped-call]

    def _post(self, body: bytes) -> tuple[int, str, Mapping[str, str]]:
        try:
            _, status, headers = self._service.post_write_with_http_info(
                self._server.org,
                self._database,
                body,
                precision=WritePrecision.MS,
                content_type="text/plain; charset=utf-8",
            )
        except ApiException as error:
            if error.status:
                return error.status, str(error.body or error.reason or ""), error.headers or {}
            raise self._unreachable(error) from error  # a failed TLS handshake has no status
        except urllib3.exceptions.HTTPError as error:
            raise self._unreachable(error) from error
        else:
            return status, "", headers

    def _unreachable(self, error: Exception) -> StorageError:
        return StorageError(
            f"{self._server} cannot be reached ({type(error).__name__}): start it, or correct series_url"
        )
