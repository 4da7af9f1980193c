import pytest

from cloud.ingest import presence
from cloud.ingest.presence import ASKS_WITHIN_S, GatewayPresence


def test_a_gateway_never_heard_of_is_neither_here_nor_gone() -> None:
    assert GatewayPresence().online("home-1") is None


def test_the_last_word_counts_and_is_timed_by_the_server() -> None:
    table = GatewayPresence()
    table.note("home-1", b'{"online": true, "t_ms": 5, "boot_id": "b"}', 1_000)
    table.note("home-1", b'{"online": true, "t_ms": 6, "boot_id": "b"}', 2_000)
    status = table.status("home-1")
    assert status is not None
    assert (status.online, status.since_ms, status.received_ms, status.boot_id) == (True, 1_000, 2_000, "b")
    table.note("home-1", b'{"online": false}', 3_000)
    assert table.online("home-1") is False
    assert table.statuses()["home-1"].since_ms == 3_000


@pytest.mark.parametrize("payload", [b"", b"online", b'{"online": "yes"}', b"\xff", b"[" * 10_000])
def test_an_unreadable_status_changes_nothing(payload: bytes) -> None:
    table = GatewayPresence()
    table.note("home-1", b'{"online": true}', 1_000)
    table.note("home-1", payload, 2_000)
    status = table.status("home-1")
    assert status is not None
    assert (status.online, status.received_ms) == (True, 1_000)


def test_the_table_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "_MOST_GATEWAYS", 2)
    table = GatewayPresence()
    for gateway in ("home-1", "home-2", "home-3", "home-1"):
        table.note(gateway, b'{"online": true}', 1_000)
    assert set(table.statuses()) == {"home-1", "home-2"}


def test_a_gateway_that_asks_by_http_is_there_while_it_keeps_asking() -> None:
    now_s = [100.0]
    table = GatewayPresence(monotonic_s=lambda: now_s[0])
    assert table.online("home-1") is None
    table.note("home-1", b'{"online": false}', 1)
    table.asked("home-1")
    table.asked("home-2")
    assert (table.online("home-1"), table.online("home-2")) == (True, True)
    now_s[0] += ASKS_WITHIN_S
    assert (table.online("home-1"), table.online("home-2")) == (False, False)


def test_the_broker_alone_is_enough_to_be_there() -> None:
    now_s = [100.0]
    table = GatewayPresence(monotonic_s=lambda: now_s[0])
    table.asked("home-1")
    table.note("home-1", b'{"online": true}', 1)
    now_s[0] += 2 * ASKS_WITHIN_S
    assert table.online("home-1") is True


def test_askers_are_bounded_by_forgetting_those_who_asked_long_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cloud.ingest.presence._MOST_GATEWAYS", 2)
    now_s = [100.0]
    table = GatewayPresence(monotonic_s=lambda: now_s[0])
    for gateway in ("home-1", "home-2"):
        table.asked(gateway)
    now_s[0] += ASKS_WITHIN_S
    table.asked("home-3")
    assert [table.online(gateway) for gateway in ("home-1", "home-2", "home-3")] == [None, None, True]
