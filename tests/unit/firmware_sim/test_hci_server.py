import asyncio
from pathlib import Path

from firmware_sim.hci_server import HciServer
from firmware_sim.virtual_radio import RadioController, VirtualRadio


class Transport(asyncio.Transport):
    """A connection whose other end reads as much as the test says."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.unread_octets = 0
        self.aborted = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def get_write_buffer_size(self) -> int:
        return self.unread_octets

    def is_closing(self) -> bool:
        return self.aborted

    def abort(self) -> None:
        self.aborted = True


def a_server(tmp_path: Path) -> tuple[HciServer, RadioController]:
    controller = VirtualRadio().add_adapter("gateway", "00:CA:4E:02:00:01")
    return HciServer(controller, f"unix:{tmp_path}/hci"), controller


async def test_a_host_that_reads_nothing_for_long_is_cut_off(tmp_path: Path) -> None:
    server, controller = a_server(tmp_path)
    transport = Transport()
    server._accept().connection_made(transport)
    host = controller.host
    assert host is not None

    host.on_packet(b"heard")
    transport.unread_octets = 2_000_000
    host.on_packet(b"too much")
    host.on_packet(b"too late")

    assert transport.aborted
    assert transport.written == [b"heard"]


async def test_the_newest_host_has_the_adapter_and_the_end_of_the_last_one_changes_nothing(
    tmp_path: Path,
) -> None:
    server, controller = a_server(tmp_path)
    old, new = Transport(), Transport()
    first, second = server._accept(), server._accept()
    first.connection_made(old)
    first.data_received(b"\x01\x03")  # half a command, then nothing more

    second.connection_made(new)
    first.connection_lost(None)
    second.data_received(bytes.fromhex("01030c00"))  # HCI Reset
    await asyncio.sleep(0)

    assert old.aborted
    assert controller.host is second
    assert new.written == [bytes.fromhex("040e0401030c00")]
