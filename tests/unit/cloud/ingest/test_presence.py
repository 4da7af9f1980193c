import pytest

from cloud.ingest import presence
from cloud.ingest.presence import GatewayPresence


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
