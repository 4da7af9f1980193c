"""What the battery and device information codecs refuse to encode."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitals.gatt import battery, device_information
from vitals.gatt.battery import BatteryLevel
from vitals.gatt.device_information import MODEL_NUMBER, SystemId


@given(percent=st.integers(0, 100))
@settings(deadline=None)
def test_a_battery_level_comes_back_as_it_was(percent: int) -> None:
    assert battery.decode(battery.encode(BatteryLevel(percent=percent))) == BatteryLevel(percent=percent)


@pytest.mark.parametrize("percent", [-1, 101])
def test_a_battery_level_outside_0_to_100_is_refused(percent: int) -> None:
    with pytest.raises(ValueError, match="0 to 100 percent"):
        battery.encode(BatteryLevel(percent=percent))


@given(text=st.text().filter(lambda text: not text.endswith("\0")))
@settings(deadline=None)
def test_a_string_comes_back_as_it_was(text: str) -> None:
    assert MODEL_NUMBER.decode(MODEL_NUMBER.encode(text)) == text


def test_a_string_that_ends_in_nul_is_refused_because_it_would_not_come_back() -> None:
    with pytest.raises(ValueError, match="Model Number String"):
        MODEL_NUMBER.encode("CW-1\0")


@given(manufacturer=st.integers(0, (1 << 40) - 1), organization=st.integers(0, (1 << 24) - 1))
@settings(deadline=None)
def test_a_system_id_comes_back_as_it_was(manufacturer: int, organization: int) -> None:
    system_id = SystemId(
        manufacturer_identifier=manufacturer, organizationally_unique_identifier=organization
    )

    assert device_information.decode_system_id(device_information.encode_system_id(system_id)) == system_id


@pytest.mark.parametrize(
    ("manufacturer", "organization", "field"),
    [(1 << 40, 0, "Manufacturer"), (0, 1 << 24, "Organizationally"), (-1, 0, "Manufacturer")],
)
def test_a_system_id_part_too_large_for_its_field_is_refused(
    manufacturer: int, organization: int, field: str
) -> None:
    system_id = SystemId(
        manufacturer_identifier=manufacturer, organizationally_unique_identifier=organization
    )

    with pytest.raises(ValueError, match=field):
        device_information.encode_system_id(system_id)
