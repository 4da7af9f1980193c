"""The face of InfluxDB 2.7 over a real 1.x: its routes, its sign-in and its refusals, as documented.

Unlike 1.x, it stores nothing of a body with a malformed line, and answers a type conflict with 422.
"""

import json
import re
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import httpx

ORG = "carewire"
TOKEN = "a-token-of-the-tests"  # noqa: S105 - opens nothing but this fake
_ORG_ID = "0123456789abcdef"
_LAST_MS = 9_223_372_036_854
_LINE = re.compile(r"(?:\\ |\S)+ \S+ (\d+)")

Answer = tuple[int, dict[str, str], str]


class InfluxDB2(ThreadingHTTPServer):
    """What the tests may see and set: `answers` go out before anything is written, `said` is read."""

    newest = "v2.7.12"

    def __init__(self, behind: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.version: str | None = self.newest
        self.answers: deque[Answer] = deque()
        self.said: deque[Answer] = deque()
        self.bodies: list[str] = []
        self.creates = True
        self._behind = httpx.Client(base_url=behind, trust_env=False)

    def ping(self) -> Answer:
        return 204, {"X-Influxdb-Version": self.version} if self.version else {}, ""

    def organisations(self, question: str) -> Answer:
        if parse_qs(question)["org"] != [ORG]:
            return error(404, "organization not found")
        return answered(200, {"orgs": [{"id": _ORG_ID, "name": ORG}]})

    def make_bucket(self, body: str) -> Answer:
        asked = json.loads(body)
        if not self.creates or asked["orgID"] != _ORG_ID:
            return error(403, "insufficient permissions")
        self._ask(f'CREATE DATABASE "{asked["name"]}"')
        return answered(201, {"name": asked["name"]})

    def delete(self, question: str, body: str) -> Answer:
        asked = json.loads(body)
        terms = [term.split("=", 1) for term in asked["predicate"].split(" AND ")]
        (_, measurement), *tags = [(key, json.loads(value)) for key, value in terms]
        conditions = [f'"{key}" = {_quoted(value)}' for key, value in tags]
        conditions += [f"time >= '{asked['start']}'", f"time <= '{asked['stop']}'"]
        (bucket,) = parse_qs(question)["bucket"]
        self._ask(" ".join(["DELETE FROM", measurement, "WHERE", " AND ".join(conditions)]), bucket)
        return 204, {}, ""

    def _ask(self, text: str, database: str = "") -> None:
        answer = self._behind.post("/query", params={"q": text, "db": database})
        assert "error" not in answer.text, answer.text

    def query(self, question: str, accept: str) -> Answer:
        del accept  # any will do
        if self.said:
            return self.said.popleft()
        answer = self._behind.get(f"/query?{question}")
        return answer.status_code, {"Content-Type": "application/json"}, answer.text

    def write(self, question: str, body: str) -> Answer:
        self.bodies.append(body)
        if self.answers:
            return self.answers.popleft()
        asked = {key: value for key, (value,) in parse_qs(question).items()}
        if asked["org"] != ORG:
            return error(404, f'organization name "{asked["org"]}" not found')
        for line in body.split("\n"):
            parsed = _LINE.fullmatch(line)
            if parsed is None or int(parsed[1]) > _LAST_MS:
                return error(400, f"unable to parse {line!r}")
        where = {"db": asked["bucket"], "precision": asked["precision"]}
        answer = self._behind.post("/write", params=where, content=body)
        status = 422 if answer.status_code == 400 else answer.status_code
        return status, {}, answer.text

    def server_close(self) -> None:
        super().server_close()
        self._behind.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet an answer
    server: InfluxDB2

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/ping":
            self._answer(self.server.ping())
        elif self._signed_in():
            if parts.path == "/api/v2/orgs":
                self._answer(self.server.organisations(parts.query))
            else:
                self._answer(self.server.query(parts.query, self.headers["Accept"]))

    def do_POST(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        routes = {
            "/api/v2/write": lambda: self.server.write(parts.query, body),
            "/api/v2/buckets": lambda: self.server.make_bucket(body),
            "/api/v2/delete": lambda: self.server.delete(parts.query, body),
        }
        if parts.path not in routes:
            self._answer(error(404, "path not found"))
        elif self._signed_in():
            self._answer(routes[parts.path]())

    def _signed_in(self) -> bool:
        known = bool(self.headers["Authorization"] == f"Token {TOKEN}")
        if not known:
            self._answer(error(401, "unauthorized access"))
        return known

    def _answer(self, answer: Answer) -> None:
        status, headers, text = answer
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        if status != 204:
            self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing on standard error."""


@contextmanager
def influxdb2(behind: str) -> Iterator[InfluxDB2]:
    """Serve 2.7 until the block ends, keeping points in the InfluxDB 1.x at `behind`."""
    with served(InfluxDB2(behind)) as server:
        yield server


@contextmanager
def served(server: InfluxDB2) -> Iterator[InfluxDB2]:
    """Serve until the block ends."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def answered(status: int, body: object) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps(body)


def error(status: int, message: str) -> Answer:
    return answered(status, {"code": "error", "message": message})
