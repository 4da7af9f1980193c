import pytest
from bumble.core import UUID, AdvertisingData

from firmware_sim.advertisement import Advertisement
from firmware_sim.wearable_model import WearableModel
from firmware_sim.wearable_models import WEARABLE_MODELS
from vitals.gatt import uuids


@pytest.mark.parametrize("model", WEARABLE_MODELS.values(), ids=WEARABLE_MODELS)
def test_what_each_model_broadcasts_fits_the_packets_of_bluetooth_4(model: WearableModel) -> None:
    assert all(len(packet) <= 31 for packet in model.advertisement(20).packets())


def test_a_name_that_fits_goes_with_the_services_and_another_into_the_scan_response() -> None:
    short, long = (
        Advertisement(name=name, services=(uuids.HEART_RATE_SERVICE,)).packets()
        for name in ("Strap", "A strap with a long long name")
    )

    assert b"Strap" in short[0]
    assert short[1] == b""
    assert b"strap" not in long[0]
    assert b"A strap with a long long name" in long[1]


def test_services_are_told_in_as_few_octets_as_go() -> None:
    own, assigned = uuids.SIGNAL_STREAM_SERVICE, uuids.HEART_RATE_SERVICE

    data, _ = Advertisement(name="", services=(assigned, own)).packets()

    told = AdvertisingData.from_bytes(data)
    short = told.get_all(AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS)
    long = told.get_all(AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS)
    assert short == [[UUID.from_16_bits(0x180D)]]
    assert long == [[UUID(own)]]
