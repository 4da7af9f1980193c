"""Who asks, and what is answered: the doors of the page, in a table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from importlib.resources import files
from typing import Final

import structlog

from edge.counters import Counters
from edge.now import Now
from edge.page.access import COOKIE_LIFE_S, Entry, Gatekeeper
from edge.page.http import Answer, Request
from edge.page.view import SILENCE_S, entry_page, home_page, message_page
from edge.ports import LocalSignals
from vitals.settings import is_loopback

__all__ = ["Desk"]

_log = structlog.get_logger()

COOKIE: Final = "carewire-page"
METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_ASSETS: Final = {"/page.css": "text/css; charset=utf-8", "/mark.svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Answers one request at a time; to who has not entered, all it says is that a code is needed."""

    gatekeeper: Gatekeeper
    now: Callable[[], Now]
    signals: LocalSignals
    counters: Counters
    metrics: Callable[[], str] = lambda: ""
    """What a program on this machine, or one that sends the code as a bearer token, may collect."""

    def answer(self, request: Request, *, peer: str) -> Answer:
        """Return the answer to `request` of somebody at the address `peer`."""
        if request.path in _ASSETS and request.method != "POST":
            return _asset(request.path)
        if request.method == "POST" and request.is_from_elsewhere:
            return _refusal(HTTPStatus.FORBIDDEN, "This was not asked for by this page.")
        if (request.method, request.path) == ("POST", "/enter"):
            return self._enter(request, peer)
        if request.path == "/metrics" and request.method != "POST":
            return self._tell_metrics(request, peer)
        cookie = request.cookie(COOKIE)
        if cookie is None or not self.gatekeeper.knows(cookie):
            return Answer(status=HTTPStatus.UNAUTHORIZED, body=entry_page())
        return self._act(request, cookie) if request.method == "POST" else self._show(request, cookie)

    def _enter(self, request: Request, peer: str) -> Answer:
        entry = self.gatekeeper.enter(request.form.get("code", ""), peer=peer)
        if entry is Entry.RIGHT:
            _log.info("page.entered", peer=peer)
            return _see_other(_set_cookie(self.gatekeeper.cookie(), COOKIE_LIFE_S))
        self.counters[f"page.{entry}"] += 1
        _log.warning("page.refused", peer=peer, reason=entry)
        status, says = _REFUSED[entry]
        return Answer(status=status, body=entry_page(said=says))

    def _tell_metrics(self, request: Request, peer: str) -> Answer:
        scheme, _, code = request.headers.get("authorization", "").partition(" ")
        if is_loopback(peer) or self.gatekeeper.knows(request.cookie(COOKIE)):
            return Answer(body=self.metrics(), content_type=METRICS_TYPE)
        if scheme.lower() != "bearer":
            return Answer(status=HTTPStatus.UNAUTHORIZED, body=entry_page())
        entry = self.gatekeeper.enter(code.strip(), peer=peer)
        if entry is Entry.RIGHT:
            return Answer(body=self.metrics(), content_type=METRICS_TYPE)
        self.counters[f"page.{entry}"] += 1
        status, says = _REFUSED[entry]
        return Answer(status=status, body=entry_page(said=says))

    def _show(self, request: Request, cookie: str) -> Answer:
        if request.path != "/":
            return _refusal(HTTPStatus.NOT_FOUND, "There is no such page.")
        return Answer(body=home_page(self.now(), token=self.gatekeeper.token(cookie)))

    def _act(self, request: Request, cookie: str) -> Answer:
        act = _ACTS.get(request.path)
        if act is None:
            return _refusal(HTTPStatus.NOT_FOUND, "There is no such page.")
        if not self.gatekeeper.is_own_form(cookie, request.form.get("token", "")):
            return _refusal(HTTPStatus.FORBIDDEN, "This form is too old. Open the page again.")
        return act(self, request.form.get("key", ""))

    def _acknowledge(self, key: str) -> Answer:
        return self._done("acknowledged", is_done=self.signals.acknowledge(key))

    def _silence(self, key: str) -> Answer:
        until_ms = self.now().t_ms + 1000 * SILENCE_S
        return self._done("silenced", is_done=self.signals.silence(key, until_ms=until_ms) is not None)

    def _done(self, what: str, *, is_done: bool) -> Answer:
        """Go back to the page, whether the alarm still stood or was over before the button was pressed."""
        if is_done:
            self.counters[f"page.{what}"] += 1
            _log.info(f"page.{what}")
        return _see_other()

    def _lock(self, _key: str) -> Answer:
        return _see_other(_set_cookie("", 0))


_ACTS: Final[Mapping[str, Callable[[Desk, str], Answer]]] = {
    "/acknowledge": Desk._acknowledge,  # noqa: SLF001 - its own table
    "/silence": Desk._silence,  # noqa: SLF001 - likewise
    "/lock": Desk._lock,  # noqa: SLF001 - likewise
}
_REFUSED: Final = {
    Entry.WRONG: (HTTPStatus.UNAUTHORIZED, "That is not the code."),
    Entry.TOO_MANY: (HTTPStatus.TOO_MANY_REQUESTS, "Too many wrong codes. Wait a minute, then try again."),
}


def _asset(path: str) -> Answer:
    text = files("edge.page").joinpath(path.removeprefix("/")).read_text(encoding="utf-8")
    return Answer(body=text, content_type=_ASSETS[path])


def _refusal(status: HTTPStatus, says: str) -> Answer:
    return Answer(status=status, body=message_page("That did not work.", says))


def _see_other(*headers: tuple[str, str]) -> Answer:
    return Answer(status=HTTPStatus.SEE_OTHER, headers=(("Location", "/"), *headers))


def _set_cookie(value: str, life_s: int) -> tuple[str, str]:
    return ("Set-Cookie", f"{COOKIE}={value}; Max-Age={life_s}; Path=/; HttpOnly; SameSite=Strict")
