"""The doors: a stranger gets a field for the code and nothing else; who has entered can see and act."""

from collections import Counter
from http import HTTPStatus
from urllib.parse import urlencode

import pytest
from structlog.testing import capture_logs

from edge.now import Now
from edge.page.access import Gatekeeper
from edge.page.desk import COOKIE, Desk
from edge.page.http import Answer, Request
from edge.page.view import SILENCE_S, entry_page
from tests.fakes.clock import FakeClock
from tests.fakes.home import FALL, T_MS, alarmed_home

CODE = "blue-lamp-29"


class FakeSignals:
    """`edge.ports.LocalSignals` in which one alarm stands."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []

    def silence(self, key: str, *, until_ms: int) -> int | None:
        self.asked.append(("silence", key, until_ms))
        return until_ms if key == FALL else None

    def acknowledge(self, event_id: str, *, was_right: bool | None = None) -> bool:  # noqa: ARG002 - the page does not ask
        self.asked.append(("acknowledge", event_id))
        return event_id == FALL

    def nobody_reached(self, *, priority: str, for_s: float) -> None:
        self.asked.append(("nobody-reached", priority, for_s))

    def identify(self, seconds: float) -> None:
        self.asked.append(("identify", seconds))


class Visitor:
    """A browser, as far as it matters."""

    def __init__(self) -> None:
        clock = FakeClock()
        self.signals = FakeSignals()
        self.counters: Counter[str] = Counter()
        self.looked = 0
        self.cookie: str | None = None
        self.gatekeeper = Gatekeeper(
            code=CODE, secret=b"s" * 32, wall_s=lambda: clock.wall_ms() / 1000, monotonic_s=clock.monotonic_s
        )
        self.desk = Desk(
            gatekeeper=self.gatekeeper,
            now=self._now,
            signals=self.signals,
            counters=self.counters,
            metrics=lambda: "carewire_link_up 1\n",
        )

    def _now(self) -> Now:
        self.looked += 1
        return alarmed_home()

    peer = "192.0.2.7"

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None, **form: str) -> Answer:
        sent = {"host": "pi:8780", **(headers or {})}
        if self.cookie is not None:
            sent["cookie"] = f"{COOKIE}={self.cookie}"
        request = Request(method=method, path=path, headers=sent, body=urlencode(form).encode())
        with capture_logs():
            answer = self.desk.answer(request, peer=self.peer)
        for name, value in answer.headers:
            if name == "Set-Cookie":
                self.cookie = value.partition("=")[2].partition(";")[0] or None
        return answer

    def enter(self) -> Answer:
        return self.ask("POST", "/enter", code=CODE)

    @property
    def token(self) -> str:
        return self.gatekeeper.token(self.cookie or "")


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


@pytest.fixture
def inside(visitor: Visitor) -> Visitor:
    visitor.enter()
    return visitor


@pytest.mark.parametrize("path", ["/", "/acknowledge", "/silence", "/lock", "/enter", "/etc/passwd", "/../x"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("cookie", [None, "9999999999.forged"])
def test_a_stranger_gets_a_field_for_the_code_and_nothing_else(
    visitor: Visitor, method: str, path: str, cookie: str | None
) -> None:
    visitor.cookie = cookie
    answer = visitor.ask(method, path, key=FALL)
    assert answer.status is HTTPStatus.UNAUTHORIZED
    assert answer.body in {entry_page(), entry_page(said="That is not the code.")}
    assert (visitor.signals.asked, visitor.looked) == ([], 0)


def test_the_code_lets_in_with_a_cookie_no_script_and_no_other_page_can_use(visitor: Visitor) -> None:
    answer = visitor.enter()
    assert answer.status is HTTPStatus.SEE_OTHER
    set_cookie = dict(answer.headers)["Set-Cookie"]
    assert set_cookie.endswith("; Path=/; HttpOnly; SameSite=Strict")
    assert "Perhaps a fall" in visitor.ask("GET", "/").body


def test_too_many_wrong_codes_are_told_to_wait_and_counted(visitor: Visitor) -> None:
    for _ in range(5):
        assert visitor.ask("POST", "/enter", code="wrong").status is HTTPStatus.UNAUTHORIZED
    answer = visitor.enter()
    assert (answer.status, visitor.cookie) == (HTTPStatus.TOO_MANY_REQUESTS, None)
    assert "Wait a minute" in answer.body
    assert visitor.counters == {"page.wrong": 5, "page.too-many": 1}


def test_who_is_inside_can_acknowledge_and_silence(inside: Visitor) -> None:
    for path in ("/acknowledge", "/silence"):
        assert inside.ask("POST", path, key=FALL, token=inside.token).status is HTTPStatus.SEE_OTHER
    assert inside.signals.asked == [("acknowledge", FALL), ("silence", FALL, T_MS + 1000 * SILENCE_S)]
    assert inside.counters == {"page.acknowledged": 1, "page.silenced": 1}


def test_an_alarm_that_was_over_before_the_button_was_pressed_leads_back_to_the_page(inside: Visitor) -> None:
    answer = inside.ask("POST", "/acknowledge", key="over", token=inside.token)
    assert answer.status is HTTPStatus.SEE_OTHER
    assert inside.counters == {}


@pytest.mark.parametrize("token", ["", "wrong"])
def test_a_form_that_is_not_of_this_page_changes_nothing(inside: Visitor, token: str) -> None:
    assert inside.ask("POST", "/acknowledge", key=FALL, token=token).status is HTTPStatus.FORBIDDEN
    assert inside.signals.asked == []


@pytest.mark.parametrize("path", ["/acknowledge", "/enter"])
def test_another_sites_page_changes_nothing(inside: Visitor, path: str) -> None:
    headers = {"origin": "http://evil.example"}
    answer = inside.ask("POST", path, headers, key=FALL, token=inside.token, code=CODE)
    assert answer.status is HTTPStatus.FORBIDDEN
    assert inside.signals.asked == []


def test_a_link_that_is_followed_changes_nothing(inside: Visitor) -> None:
    assert inside.ask("GET", "/acknowledge", key=FALL).status is HTTPStatus.NOT_FOUND
    assert inside.ask("POST", "/nothing", token=inside.token).status is HTTPStatus.NOT_FOUND
    assert inside.signals.asked == []


def test_who_locks_the_page_is_a_stranger_again(inside: Visitor) -> None:
    inside.ask("POST", "/lock", token=inside.token)
    assert inside.cookie is None
    assert inside.ask("GET", "/").status is HTTPStatus.UNAUTHORIZED


def test_its_look_and_its_mark_say_nothing_and_are_for_all(visitor: Visitor) -> None:
    assert visitor.ask("GET", "/page.css").content_type.startswith("text/css")
    assert visitor.ask("GET", "/mark.svg").body.startswith("<svg")


def test_metrics_are_told_on_this_machine_and_to_who_knows_the_code(visitor: Visitor) -> None:
    told = "carewire_link_up 1\n"
    assert visitor.ask("GET", "/metrics").status is HTTPStatus.UNAUTHORIZED
    visitor.peer = "127.0.0.1"
    assert visitor.ask("GET", "/metrics").body == told
    visitor.peer = "::1"
    assert visitor.ask("GET", "/metrics").body == told
    visitor.peer = "192.0.2.7"
    by_token = visitor.ask("GET", "/metrics", {"authorization": f"Bearer {CODE}"})
    assert (by_token.status, by_token.body) == (HTTPStatus.OK, told)
    visitor.enter()
    assert visitor.ask("GET", "/metrics").body == told
    assert visitor.looked == 0


def test_a_code_is_not_found_by_asking_for_metrics_either(visitor: Visitor) -> None:
    statuses = [visitor.ask("GET", "/metrics", {"authorization": f"Bearer {n}"}).status for n in range(6)]
    assert statuses == [HTTPStatus.UNAUTHORIZED] * 5 + [HTTPStatus.TOO_MANY_REQUESTS]
    late = visitor.ask("GET", "/metrics", {"authorization": f"Bearer {CODE}"})
    assert (late.status, "carewire_link_up" in late.body) == (HTTPStatus.TOO_MANY_REQUESTS, False)
