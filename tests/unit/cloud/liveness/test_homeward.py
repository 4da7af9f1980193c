"""Gateways that are there hear, in turn, whether alerting lives; a change they hear at once."""

from threading import Event

from structlog.testing import capture_logs

from cloud.liveness.homeward import HomeTeller
from vitals.wire.liveness import SAID_EVERY_S, decode_liveness


class Bench:
    """A broker that takes everything, or nothing."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.online: dict[str, bool] = {"home-1": True}
        self.is_alerting = True
        self.is_connected = True
        self.denied: str | None = None
        self.told: list[tuple[str, bool]] = []
        self.teller = HomeTeller(
            onlines=lambda: self.online,
            is_alerting=lambda: self.is_alerting,
            channel=self,
            monotonic_s=lambda: self.now_s,
        )

    def say(self, gateway: str, payload: bytes, *, expires_in_s: float) -> bool:
        assert expires_in_s == 2 * SAID_EVERY_S
        if self.is_connected:
            self.told.append((gateway, decode_liveness(payload).is_alerting))
        return self.is_connected

    def refusal(self) -> str | None:
        return self.denied

    def after(self, seconds: float) -> list[tuple[str, bool]]:
        self.now_s += seconds
        self.told.clear()
        self.teller.step()
        return self.told


def test_it_is_said_at_once_and_then_every_few_seconds() -> None:
    bench = Bench()
    assert bench.after(0) == [("home-1", True)]
    assert bench.after(SAID_EVERY_S - 0.1) == []
    assert bench.after(0.1) == [("home-1", True)]


def test_that_alerting_stands_still_is_told_at_once_and_that_it_goes_on_too() -> None:
    bench = Bench()
    bench.after(0)
    bench.is_alerting = False
    assert bench.after(1) == [("home-1", False)]
    bench.is_alerting = True
    assert bench.after(1) == [("home-1", True)]


def test_who_is_not_there_is_told_once_it_is() -> None:
    bench = Bench()
    bench.online = {"home-1": False, "home-2": True}
    assert bench.after(0) == [("home-2", True)]
    bench.online = {"home-1": True, "home-2": True}
    assert bench.after(1) == [("home-1", True)]
    bench.online = {"home-2": True}
    bench.after(1)
    bench.online = {"home-1": True, "home-2": True}
    assert bench.after(1) == [("home-1", True)], "it was away, and may have missed everything"


def test_what_the_broker_did_not_take_is_said_again_at_once() -> None:
    bench = Bench()
    bench.is_connected = False
    assert bench.after(0) == []
    bench.is_connected = True
    assert bench.after(1) == [("home-1", True)]


def test_a_thousand_are_told_in_a_few_steps_and_none_twice() -> None:
    bench = Bench()
    bench.online = {f"home-{number}": True for number in range(1_000)}
    told = [gateway for _ in range(4) for gateway, _ in bench.after(1)]
    assert sorted(told) == sorted(bench.online)


def test_a_broker_that_lets_none_of_it_through_is_a_trouble() -> None:
    bench = Bench()
    assert bench.teller.troubles() == ()
    bench.denied = "Not authorized"
    (trouble,) = bench.teller.troubles()
    assert trouble.endswith("(Not authorized): let the service write v1/gw/+/down/alive")


def test_whatever_it_meets_it_goes_on_and_says_so_meanwhile() -> None:
    bench, stop, troubles = Bench(), Event(), list[tuple[str, ...]]()

    def meet() -> dict[str, bool]:
        troubles.append(bench.teller.troubles())
        if len(troubles) == 1:
            bench.teller.wake()
            raise KeyError("x")
        stop.set()
        bench.teller.wake()
        return {"home-1": True}

    bench.teller.onlines = meet
    with capture_logs():
        bench.teller.run(stop)
    assert troubles == [(), ("liveness: gateways are not told that alerting lives; see the log",)]
    assert bench.told == [("home-1", True)]
