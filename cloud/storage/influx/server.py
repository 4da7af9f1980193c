"""One InfluxDB server over HTTP: who it is, what it is asked, and how the service signs in."""

import json
import re
import ssl
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import httpx

from cloud.config import InfluxSettings
from cloud.storage.influx.answers import Table, tables_read
from cloud.storage.influx.dialects import Dialect, dialect_of
from vitals.errors import ConfigurationError, StorageError

_SCHEME = "influx+"
_OF_THE_TRANSFER = frozenset({"content-encoding", "content-length", "transfer-encoding"})
_NOTHING: Mapping[str, str | int] = MappingProxyType({})


class InfluxServer:
    """The server that `series_url` names. Nothing is sent before it is needed."""

    def __init__(self, url: str, settings: InfluxSettings) -> None:
        """Prepare to reach the server.

        Raises
        ------
        ConfigurationError
            If the URL names no server, or a secret cannot be read.
        """
        self.url = _http_url(url)
        self.org = settings.org
        self.bucket = settings.bucket
        self.timeout_s = settings.timeout_s
        secret = settings.secret()
        self.token = None if settings.username else secret
        # Like influxdb-client, it trusts the system's authorities and heeds no proxy variables.
        self._major: int | None = None
        self._http = httpx.Client(
            base_url=self.url,
            auth=(settings.username, secret or "") if settings.username else None,
            headers={"Accept": "application/json"} | _bearer(self.token),
            timeout=self.timeout_s,
            trust_env=False,
            verify=ssl.create_default_context(),
        )

    def __str__(self) -> str:
        return f"InfluxDB at {self.url}"

    def major_version(self) -> int:
        """Ask the server once which InfluxDB it is; one that gives no number is a hosted one, after 1.x.

        Raises
        ------
        StorageError
            If it cannot be reached or does not say.
        """
        if self._major is None:
            answer = self.send("GET", "/ping")
            version = answer.headers.get("X-Influxdb-Version")
            if version is None:
                raise StorageError(
                    f"{self} answered /ping with {answer.status_code} and no version: "
                    "check that series_url names it, and what it asks for in influx.token"
                )
            number = re.match(r"v?(\d+)\.", version)
            self._major = int(number[1]) if number else 2
        return self._major

    def forget_version(self) -> None:
        """Ask again which InfluxDB it is: it may have been replaced."""
        self._major = None

    @property
    def dialect(self) -> Dialect:
        """What is particular to this version; asks for it the first time."""
        return dialect_of(self.major_version())

    def tables(self, text: str, params: Mapping[str, str | int], database: str | None = None) -> list[Table]:
        """Run one InfluxQL statement; times are in ms. Return its rows by the tags they are grouped by.

        Raises
        ------
        StorageError
            If it cannot be answered.
        """
        answer = self.send("GET", "/query", params=self._question(text, params, database))
        return tables_read(str(self), answer.status_code, answer.text, answer.headers)

    def order(
        self, text: str, params: Mapping[str, str | int] = _NOTHING, database: str | None = None
    ) -> None:
        """Run one InfluxQL statement that changes something, as 1.x alone takes them.

        Raises
        ------
        StorageError
            If it cannot be done.
        """
        answer = self.send("POST", "/query", params=self._question(text, params, database))
        tables_read(str(self), answer.status_code, answer.text, answer.headers)

    def send(self, method: str, path: str, **details: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
        """Send one request, and return whatever is answered, all of it within the time allowed.

        Raises
        ------
        StorageError
            If nothing is.
        """
        deadline_s = time.monotonic() + self.timeout_s
        try:
            with self._http.stream(method, path, **details) as answer:
                body = bytearray()
                for part in answer.iter_bytes():
                    body += part
                    if time.monotonic() > deadline_s:  # httpx bounds each wait, not their sum
                        raise httpx.ReadTimeout("the answer does not end", request=answer.request)
                return _whole(answer, bytes(body))
        except httpx.TimeoutException as error:
            raise StorageError(f"{self} did not answer within {self.timeout_s:g} s: see its log") from error
        except (httpx.HTTPError, RuntimeError) as error:  # RuntimeError: the client is closed
            raise StorageError(
                f"{self} cannot be reached ({error}): start it, or correct series_url"
            ) from error

    def _question(self, text: str, params: Mapping[str, str | int], database: str | None) -> dict[str, str]:
        return {
            "db": database or self.bucket,
            "q": text,
            "epoch": "ms",
            "chunked": "true",
            "params": json.dumps(dict(params)),
        }

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


def _whole(answer: httpx.Response, body: bytes) -> httpx.Response:
    headers = [(key, value) for key, value in answer.headers.items() if key not in _OF_THE_TRANSFER]
    return httpx.Response(answer.status_code, headers=headers, content=body)


def _bearer(token: str | None) -> dict[str, str]:
    return {"Authorization": f"Token {token}"} if token else {}
