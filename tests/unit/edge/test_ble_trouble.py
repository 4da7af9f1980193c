"""Every error of the radio has a name in the cloud, and a bond's errors are told from noise."""

import pytest
from bleak.exc import (
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
    BleakGATTProtocolErrorCode,
)

from edge.adapters.ble.trouble import (
    BondLostError,
    BondRefusedError,
    ServicesMissingError,
    asks_for_bond,
    breaks_bond,
    may_break_bond,
    trouble_of,
)
from edge.link.link_phase import LinkEvent
from vitals.errors import DecodeError, DeviceError


def bluez(name: str, text: str) -> BleakDBusError:
    return BleakDBusError(f"org.bluez.Error.{name}", [text])


def att(code: BleakGATTProtocolErrorCode) -> BleakGATTProtocolError:
    return BleakGATTProtocolError(code)


@pytest.mark.parametrize(
    ("error", "reason", "event"),
    [
        (ServicesMissingError("lacks 2a37"), "profile-incomplete", LinkEvent.SERVICES_MISSING),
        (BondLostError("forgotten"), "bond-lost", LinkEvent.BOND_LOST),
        (BondRefusedError("will not"), "bond-refused", LinkEvent.FAILED),
        (DeviceError("offers no ECG"), "profile-incomplete", LinkEvent.FAILED),
        (DecodeError("rubbish"), "wearable-misbehaves", LinkEvent.FAILED),
        (BleakDeviceNotFoundError("C0:00:00:00:00:01"), "not-found", LinkEvent.FAILED),
        (TimeoutError(), "no-answer", LinkEvent.FAILED),
        (bluez("Failed", "le-connection-abort-by-local"), "connect-aborted", LinkEvent.FAILED),
        (bluez("InProgress", "Operation already in progress"), "radio-busy", LinkEvent.FAILED),
        (BleakError("Not connected"), "radio-error", LinkEvent.FAILED),
        (EOFError(), "radio-error", LinkEvent.FAILED),
        (OSError("no such adapter"), "radio-error", LinkEvent.FAILED),
        (KeyError("a mistake"), "unexpected-error", LinkEvent.FAILED),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_error_has_its_reason_and_what_it_means_for_the_link(
    error: Exception, reason: str, event: LinkEvent
) -> None:
    trouble = trouble_of(error)
    assert (trouble.reason, trouble.event) == (reason, event)


@pytest.mark.parametrize(
    "error",
    [
        att(BleakGATTProtocolErrorCode.INSUFFICIENT_AUTHENTICATION),
        att(BleakGATTProtocolErrorCode.INSUFFICIENT_ENCRYPTION),
        att(BleakGATTProtocolErrorCode.INSUFFICIENT_ENCRYPTION_KEY_SIZE),
        bluez("NotPermitted", "Not paired"),
    ],
)
def test_a_refusal_for_want_of_a_bond_is_known_as_one(error: Exception) -> None:
    assert asks_for_bond(error)
    assert breaks_bond(error)


@pytest.mark.parametrize(
    "error",
    [
        att(BleakGATTProtocolErrorCode.READ_NOT_PERMITTED),
        bluez("NotPermitted", "Read not permitted"),
        BleakError("Not connected"),
        TimeoutError(),
    ],
)
def test_another_refusal_asks_for_no_bond_and_breaks_none(error: Exception) -> None:
    assert not asks_for_bond(error)
    assert not breaks_bond(error)


@pytest.mark.parametrize("words", ["PIN_OR_KEY_MISSING", "AUTHENTICATION_FAILURE", "MIC_FAILURE"])
def test_what_a_library_says_beneath_bleaks_error_counts_too(words: str) -> None:
    error = BleakError("no link")
    error.__cause__ = RuntimeError(words)
    assert breaks_bond(error)


def test_a_link_that_ends_before_its_services_are_seen_may_be_a_bonds_end_or_noise() -> None:
    assert may_break_bond(BleakError("failed to discover services, device disconnected"))
    assert not breaks_bond(BleakError("failed to discover services, device disconnected"))
    assert not may_break_bond(TimeoutError())
    assert not may_break_bond(BleakError("no adapter"))
