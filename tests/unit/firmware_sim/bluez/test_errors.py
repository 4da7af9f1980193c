import pytest
from bleak.backends.bluezdbus.utils import assert_gatt_reply
from bleak.exc import BleakDBusError, BleakGATTProtocolError
from bumble import att, core
from dbus_fast import DBusError, Message

from firmware_sim.bluez.errors import bluez_errors


def as_bleak_sees(error: Exception) -> Message:
    """Return the reply that a call failing with the error gets."""
    with pytest.raises(DBusError) as raised, bluez_errors():
        raise error
    call = Message(destination="org.bluez", path="/", interface="org.bluez.Device1", member="M", serial=1)
    return Message.new_error(call, raised.value.type, raised.value.text)


@pytest.mark.parametrize("code", [0x02, 0x03, 0x06, 0x07, 0x08, 0x0D, 0x0E, 0x11, 0x80, 0xFC, 0xFD, 0xFF])
def test_bleak_reads_back_the_code_the_peripheral_sent(code: int) -> None:
    with pytest.raises(BleakGATTProtocolError) as read:
        assert_gatt_reply(as_bleak_sees(att.ATT_Error(att.ErrorCode(code) if code < 0x20 else code)))
    assert read.value.code == code


@pytest.mark.parametrize("code", [0x05, 0x0C, 0x0F])
def test_a_link_without_encryption_is_not_permitted(code: int) -> None:
    with pytest.raises(BleakDBusError, match=r"NotPermitted.*Not paired"):
        assert_gatt_reply(as_bleak_sees(att.ATT_Error(att.ErrorCode(code))))


def test_a_lost_link_is_a_failure() -> None:
    with pytest.raises(BleakDBusError, match="Failed"):
        assert_gatt_reply(as_bleak_sees(core.InvalidStateError("gone")))
