"""A check outside, such as healthchecks.io: it notes when it was asked for, and can be slow or unwilling."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(slots=True)
class OutsideCheck:
    url: str = ""
    asked: list[tuple[float, str]] = field(default_factory=list)
    """When, by the monotonic clock, and for which path."""
    bodies: list[bytes] = field(default_factory=list)
    status: int = 200
    hangs: threading.Event = field(default_factory=threading.Event)
    """Set: nobody is answered until it is cleared, or the test is over."""
    is_over: threading.Event = field(default_factory=threading.Event)

    @property
    def beats(self) -> int:
        return sum(path == "/ping/secret" for _, path in self.asked)

    @property
    def failures(self) -> int:
        return sum(path == "/ping/secret/fail" for _, path in self.asked)


@contextmanager
def outside_check() -> Iterator[OutsideCheck]:
    check = OutsideCheck()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            check.asked.append((time.monotonic(), self.path))
            check.bodies.append(self.rfile.read(int(self.headers.get("content-length", 0))))
            while check.hangs.is_set() and not check.is_over.wait(0.02):
                pass
            self.send_response(check.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    check.url = f"http://127.0.0.1:{server.server_port}/ping/secret"
    try:
        yield check
    finally:
        check.is_over.set()
        server.shutdown()
        server.server_close()
        thread.join(10)
