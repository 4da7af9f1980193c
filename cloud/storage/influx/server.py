"""One InfluxDB server over HTTP: who it is, what it is asked, and how the service signs in."""

import json
import re
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from cloud.config import InfluxSettings
from cloud.storage.influx.answers import rows_read
from vitals.errors import ConfigurationError, StorageError

_SCHEME = "influx+"
_TIMEOUT_S = 10.0


class InfluxServer:
    """The server that `series_url` names. Nothing is sent before it is needed."""

    def __init__(self, url: str, settings: InfluxSettings, *, timeout_s: float = _TIMEOUT_S) -> None:
        """Prepare to reach the server.

        Raises
        ------
        ConfigurationError
            If the URL names no server, or a secret cannot be read.
        """
        self.url = _http_url(url)
        self.org = settings.org
        self.bucket = settings.bucket
        self.timeout_s = timeout_s
        secret = settings.secret()
        self.token = None if settings.username else secret
        # Like influxdb-client, it trusts the system's authorities and heeds no proxy variables.
        self._http = httpx.Client(
            base_url=self.url,
            auth=(settings.username, secret or "") if settings.username else None,
            headers={"Accept": "application/json"} | _bearer(self.token),
            timeout=timeout_s,
            trust_env=False,
            verify=ssl.create_default_context(),
        )

    def __str__(self) -> str:
        return f"InfluxDB at {self.url}"

    def major_version(self) -> int:
        """Ask the server which InfluxDB it is; one that gives no number is a hosted one, after 1.x.

        Raises
        ------
        StorageError
            If it cannot be reached or does not say.
        """
        answer = self.send("GET", "/ping")
        version = answer.headers.get("X-Influxdb-Version")
        if version is None:
            raise StorageError(
                f"{self} answered /ping with {answer.status_code} and no version: "
                "check that series_url names InfluxDB, and what it asks for in influx.token"
            )
        number = re.match(r"v?(\d+)\.", version)
        return int(number[1]) if number else 2

    def rows(self, text: str, params: Mapping[str, str | int]) -> list[tuple[dict[str, str], dict[str, Any]]]:
        """Run one InfluxQL statement; times are in ms. Return its rows with the tags they are grouped by.

        Raises
        ------
        StorageError
            If it cannot be answered.
        """
        question = {"db": self.bucket, "q": text, "epoch": "ms", "params": json.dumps(params)}
        answer = self.send("GET", "/query", params=question)
        return rows_read(str(self), answer.status_code, answer.text, answer.headers)

    def send(self, method: str, path: str, **details: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
        """Send one request, and return whatever is answered.

        Raises
        ------
        StorageError
            If nothing is.
        """
        try:
            return self._http.request(method, path, **details)
        except httpx.TimeoutException as error:
            raise StorageError(f"{self} did not answer within {self.timeout_s:g} s: see its log") from error
        except (httpx.HTTPError, RuntimeError) as error:  # RuntimeError: the client is closed
            raise StorageError(
                f"{self} cannot be reached ({error}): start it, or correct series_url"
            ) from error

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


def _http_url(series_url: str) -> str:
    parts = urlsplit(series_url.removeprefix(_SCHEME))
    if not series_url.startswith(_SCHEME) or not parts.hostname:
        raise ConfigurationError("series_url: names no InfluxDB server; give influx+http://HOST:8086")
    if parts.username or parts.query or parts.path.strip("/"):
        raise ConfigurationError(
            "series_url: holds more than a server; give influx+http://HOST:8086, "
            "and the bucket and secrets under influx"
        )
    return f"{parts.scheme}://{parts.netloc}"


def _bearer(token: str | None) -> dict[str, str]:
    return {"Authorization": f"Token {token}"} if token else {}
