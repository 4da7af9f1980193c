"""The way to the broker, and each thing that can stand in it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from edge.doctor.broker import check_broker
from edge.doctor.finding import Verdict
from edge.sending.way import Way
from edge.state_file import GatewayState
from tests.fakes.doctor_case import case_of, running
from tests.fakes.home import quiet_home


@contextmanager
def mute() -> Iterator[int]:
    """Listen and say nothing; yields the port."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


def found(
    tmp_path: Path, *, limit_s: float = 10.0, is_running: bool = False, **mqtt: object
) -> tuple[Verdict, str]:
    case = case_of(tmp_path, limit_s=limit_s, mqtt=mqtt)
    (finding,) = check_broker(running(case) if is_running else case)
    assert finding.remedy or finding.verdict is Verdict.OK
    return finding.verdict, finding.says


def test_a_running_gateway_that_is_connected_is_believed_and_not_disturbed(tmp_path: Path) -> None:
    case = running(case_of(tmp_path, mqtt={"port": 1}), GatewayState.of(quiet_home()))
    (finding,) = check_broker(case)
    says = "the running gateway is connected; last acknowledged: now"
    assert (finding.verdict, finding.says) == (Verdict.OK, says)


def test_a_port_where_nobody_listens_is_told(tmp_path: Path, unused_tcp_port: int) -> None:
    verdict, says = found(tmp_path, port=unused_tcp_port)
    assert (verdict, says) == (
        Verdict.FAIL,
        f"127.0.0.1:{unused_tcp_port} cannot be reached: Connection refused",
    )


def test_a_name_nobody_knows_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "create_connection", unknown)
    verdict, says = found(tmp_path, host="broker.example", insecure=True)
    assert (verdict, says) == (
        Verdict.FAIL,
        "nobody knows the name broker.example (Name or service not known)",
    )


def test_one_that_listens_and_says_nothing_is_told_in_time(tmp_path: Path) -> None:
    with mute() as port:
        verdict, says = found(tmp_path, port=port, limit_s=0.3)
    assert (verdict, says) == (Verdict.FAIL, f"127.0.0.1:{port} does not answer as a broker does")


def test_a_running_gateway_that_is_not_connected_is_not_disturbed_either(tmp_path: Path) -> None:
    with mute() as port:
        verdict, says = found(tmp_path, port=port, is_running=True)
    assert (verdict, says) == (
        Verdict.FAIL,
        f"127.0.0.1:{port} answers, but the running gateway is not connected",
    )


@pytest.mark.parametrize("key", ["ca_file", "password_file"])
def test_files_that_cannot_be_used_are_named(tmp_path: Path, key: str) -> None:
    verdict, says = found(tmp_path, **{key: str(tmp_path / "none")})
    assert verdict is Verdict.FAIL
    assert key in says


def test_a_running_gateway_that_goes_around_its_broker_is_a_warning_that_says_why(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    state = GatewayState.of(replace(quiet_home(), way=Way.HTTP))
    with mute() as port:
        (useless,) = check_broker(running(case_of(tmp_path, mqtt={"port": port}), state))
    (blocked,) = check_broker(running(case_of(tmp_path, mqtt={"port": unused_tcp_port}), state))
    assert (useless.verdict, blocked.verdict) == (Verdict.WARN, Verdict.WARN)
    assert "goes by HTTP" in useless.says
    assert "cannot be reached" in blocked.says
