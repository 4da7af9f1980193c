"""The embedded broker knows nobody by a certificate, so nobody beyond this machine reaches it."""

from pathlib import Path

from tests.fakes.broker_process import EmbeddedBroker

_LISTENS = "0A"
_LOOPBACK = "0100007F"


def listening_on(port: int) -> set[str]:
    """Return the addresses, as Linux writes them, on which anybody listens on a port."""
    rows = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
    ]
    places = [row[1].rsplit(":", 1) for row in rows if row[3] == _LISTENS]
    return {address for address, at in places if int(at, 16) == port}


def test_it_listens_on_loopback_and_nowhere_else(tmp_path: Path) -> None:
    broker = EmbeddedBroker(tmp_path)
    broker.start()
    places = listening_on(broker.port)
    broker.kill()
    assert places == {_LOOPBACK}
