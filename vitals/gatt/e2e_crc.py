"""E2E-CRC, the check that Continuous Glucose Monitoring Service 1.0 section 3.11 puts behind its values.

CRC-CCITT (polynomial x^16 + x^12 + x^5 + 1), seed 0xFFFF, least significant bit first: CRC-16/MCRF4XX.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from vitals.gatt.octets import Octets

OCTETS: Final = 2


def e2e_crc(value: bytes) -> int:
    """Return the check of `value`, 0 to 65,535."""
    crc = 0xFFFF
    for octet in value:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ _REFLECTED_POLYNOMIAL if crc & 1 else crc >> 1
    return crc


def sealed(value: bytes) -> bytes:
    """Return `value` with its check behind it."""
    return value + e2e_crc(value).to_bytes(OCTETS, "little")


def take_check(octets: Octets, checked: bytes) -> None:
    """Take the next two octets; refuse them unless they are the check of `checked`."""
    told, found = octets.uint(OCTETS, "E2E-CRC"), e2e_crc(checked)
    if told != found:
        octets.reject(f"an E2E-CRC of 0x{found:04x} and not 0x{told:04x}")


def take_check_if_there(octets: Octets, value: bytes) -> bool:
    """Tell whether a check of all before it stands at the end of `value`, and refuse a wrong one."""
    if octets.remaining != OCTETS:
        return False
    take_check(octets, value[:-OCTETS])
    return True


_REFLECTED_POLYNOMIAL: Final = 0x8408
