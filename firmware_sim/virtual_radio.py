"""A radio without radio waves: Bluetooth controllers on one bumble link, in one process.

bumble 0.0.236 leaves gaps that a gateway's recovery falls into; they are filled here by subclassing:
an HCI Reset takes links down, a cancelled connection attempt ends, data carries the address the link was made
with, a peer that is gone cannot be told so, a link can be lost to a supervision timeout, and a scan response
is what its sender has set and not its advertisement again.
"""

import asyncio
from typing import Final

from bumble import hci, ll
from bumble.controller import Connection, Controller
from bumble.core import PhysicalTransport
from bumble.link import LocalLink
from bumble.transport.common import Transport

__all__ = ["RadioController", "VirtualRadio"]


class VirtualRadio(LocalLink):
    """The air between the wearables and the gateway."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # bumble annotates most, not this

    def add_adapter(self, name: str, public_address: str) -> "RadioController":
        """Put another Bluetooth adapter within reach; hosts in this process drive it by its `transport`."""
        return RadioController(name, self, hci.Address(public_address, hci.Address.PUBLIC_DEVICE_ADDRESS))

    def lose_links(self, controller: "RadioController") -> None:
        """Let the supervision timeout of each of the controller's links expire: both hosts hear of it."""
        for connection in self._take_links(controller):
            controller.on_le_disconnected(connection, hci.HCI_CONNECTION_TIMEOUT_ERROR)

    def forget_links(self, controller: "RadioController") -> None:
        """End the controller's links without a word to its own host, which was reset or is gone."""
        for connection in self._take_links(controller):
            del controller.le_connections[connection.peer_address]

    def scan_response(self, address: hci.Address) -> bytes:
        """Return what the advertiser at that address answers to who scans actively."""
        controller = self.find_le_controller(address)
        sets = [] if controller is None else list(controller.advertising_sets.values())
        return b"".join(bytes(one.scan_response_data) for one in sets if one.enabled)

    def send_acl_data(
        self,
        sender_controller: Controller,
        destination_address: hci.Address,
        transport: PhysicalTransport,
        data: bytes,
    ) -> None:
        """Deliver data under the address the link was made with, whatever address the sender has now."""
        connection = sender_controller.le_connections.get(destination_address)
        receiver = self.find_le_controller(destination_address)
        if connection is not None and receiver is not None:
            asyncio.get_running_loop().call_soon(
                receiver.on_link_acl_data, connection.self_address, transport, data
            )

    def send_ll_control_pdu(
        self, sender_address: hci.Address, receiver_address: hci.Address, packet: ll.ControlPdu
    ) -> None:
        """Deliver a control PDU if somebody is there to hear it."""
        if self.find_le_controller(receiver_address) is not None:
            super().send_ll_control_pdu(sender_address, receiver_address, packet)

    def _take_links(self, controller: "RadioController") -> list[Connection]:
        """Return the controller's links once their other ends have been told of the timeout."""
        connections = list(controller.le_connections.values())
        for connection in connections:
            peer = self.find_le_controller(connection.peer_address)
            if peer is not None and (seen := peer.le_connections.get(connection.self_address)) is not None:
                peer.on_le_disconnected(seen, hci.HCI_CONNECTION_TIMEOUT_ERROR)
        return connections


class RadioController(Controller):
    """One adapter on the virtual radio."""

    le_acl_data_packet_length = 251  # the longest of the data length extension, as on current chips
    acl_data_packet_length = 251

    def __init__(self, name: str, radio: VirtualRadio, public_address: hci.Address) -> None:
        super().__init__(name, link=radio, public_address=public_address)
        self._radio = radio

    @property
    def transport(self) -> Transport:
        """The HCI transport for a host in this process."""
        return Transport(self, self)

    def send_hci_packet(self, packet: hci.HCI_Packet) -> None:
        """Tell the host; scan responses are filled in."""
        scan_response = _SCAN_RESPONSES.get(type(packet))
        for report in getattr(packet, "reports", ()):
            if report.event_type == scan_response:
                report.data = self._radio.scan_response(report.address)
        super().send_hci_packet(packet)

    def lose_host(self) -> None:
        """Do what a chip does when its host's process dies: fall silent, and let the links time out."""
        self.host = None
        self._fall_silent()

    def on_hci_reset_command(self, command: hci.HCI_Reset_Command) -> hci.HCI_StatusReturnParameters:
        """Forget links, scans and attempts, as Core 5.4 Vol 4 Part E 7.3.2 has it."""
        self._fall_silent()
        return super().on_hci_reset_command(command)

    def on_hci_le_create_connection_cancel_command(
        self, command: hci.HCI_LE_Create_Connection_Cancel_Command
    ) -> hci.HCI_StatusReturnParameters:
        """End the pending attempt with the event its host waits for (Core 5.4 Vol 4 Part E 7.8.13)."""
        pending, self.pending_le_connection = self.pending_le_connection, None
        if pending is None:
            return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR)
        asyncio.get_running_loop().call_soon(self.send_hci_packet, _never_connected(pending.peer_address))
        return super().on_hci_le_create_connection_cancel_command(command)

    def _fall_silent(self) -> None:
        self._radio.forget_links(self)
        self.pending_le_connection = None
        self.le_scan_enable = False
        self.le_legacy_advertiser.stop()
        for advertising_set in self.advertising_sets.values():
            advertising_set.stop()


_NO_HANDLE: Final = 0
_SCAN_RESPONSES: Final[dict[type[hci.HCI_Packet], int]] = {
    hci.HCI_LE_Advertising_Report_Event: hci.HCI_LE_Advertising_Report_Event.EventType.SCAN_RSP,
    hci.HCI_LE_Extended_Advertising_Report_Event: (
        hci.HCI_LE_Extended_Advertising_Report_Event.EventType.SCAN_RESPONSE
    ),
}


def _never_connected(peer_address: hci.Address) -> hci.HCI_LE_Connection_Complete_Event:
    return hci.HCI_LE_Connection_Complete_Event(
        status=hci.HCI_UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
        connection_handle=_NO_HANDLE,
        role=hci.Role.CENTRAL,
        peer_address_type=peer_address.address_type,
        peer_address=peer_address,
        connection_interval=0,
        peripheral_latency=0,
        supervision_timeout=0,
        central_clock_accuracy=0,
    )
