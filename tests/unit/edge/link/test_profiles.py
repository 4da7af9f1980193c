import pytest

from edge.link.profiles import PROFILES, READ_ONCE, Profile, profile_for, profile_named
from vitals.errors import ConfigurationError
from vitals.gatt import uuids
from vitals.gatt.registry import CODECS
from vitals.gatt.signals import Signal

ROWS = pytest.mark.parametrize("row", PROFILES.values(), ids=PROFILES)
SIGNALS = (uuids.SIGNAL_CONTROL_POINT, uuids.SIGNAL_DATA)


@ROWS
def test_everything_a_wearable_is_asked_for_can_be_decoded(row: Profile) -> None:
    assert {*row.subscriptions, *READ_ONCE} <= CODECS.keys()


@ROWS
def test_nothing_is_subscribed_to_twice_and_a_control_point_before_what_it_sets_going(row: Profile) -> None:
    order = row.subscriptions
    assert len(set(order)) == len(order)
    if row.signals:
        assert order.index(uuids.SIGNAL_CONTROL_POINT) < order.index(uuids.SIGNAL_DATA)


@ROWS
def test_a_wearable_that_shows_all_it_subscribes_to_lacks_nothing(row: Profile) -> None:
    assert row.missing(row.subscriptions) == ()


@ROWS
def test_a_wearable_that_shows_nothing_lacks_something(row: Profile) -> None:
    assert row.missing(()) != ()


@ROWS
def test_a_sort_is_recognised_by_what_it_advertises(row: Profile) -> None:
    assert profile_for({row.service}) is row


def test_those_who_come_and_go_are_told_from_those_who_stay() -> None:
    visitors = {row.name for row in PROFILES.values() if row.is_visitor}
    assert visitors == {"ear-thermometer", "blood-pressure-cuff", "glucose-meter", "body-scale"}


def test_a_wearable_with_signals_shows_life_by_them_alone() -> None:
    strap = profile_named("chest-strap")
    assert strap.signs_of_life == (uuids.SIGNAL_DATA,)
    assert strap.without_signals().signs_of_life == (uuids.HEART_RATE_MEASUREMENT,)


def test_a_strap_without_an_ecg_needs_no_control_point() -> None:
    strap = profile_named("chest-strap")
    assert strap.missing([uuids.HEART_RATE_MEASUREMENT]) == SIGNALS
    assert strap.without_signals().missing([uuids.HEART_RATE_MEASUREMENT]) == ()


def test_one_way_to_measure_oxygen_is_enough() -> None:
    oximeter = profile_named("finger-oximeter")
    assert oximeter.missing([uuids.PLX_SPOT_CHECK_MEASUREMENT]) == ()
    assert oximeter.missing([uuids.BATTERY_LEVEL]) == oximeter.needs


def test_a_glucose_meter_without_a_way_to_its_records_is_of_no_use() -> None:
    meter = profile_named("glucose-meter")
    assert meter.missing([uuids.GLUCOSE_MEASUREMENT]) == (uuids.RECORD_ACCESS_CONTROL_POINT,)


def test_another_rate_is_for_the_ecg_alone() -> None:
    (ecg,) = profile_named("chest-strap").with_ecg_rate(250).signals
    assert (ecg.signal, ecg.rate_hz) == (Signal.ECG, 250)
    band = profile_named("wrist-band")
    assert band.with_ecg_rate(250).signals == band.signals


def test_of_several_services_the_first_row_decides() -> None:
    both = {uuids.SIGNAL_STREAM_SERVICE, uuids.HEART_RATE_SERVICE}
    assert profile_for(both) is profile_named("chest-strap")
    assert profile_for({"0000feed-0000-1000-8000-00805f9b34fb"}) is None


def test_a_name_that_is_none_is_answered_with_those_that_are() -> None:
    with pytest.raises(ConfigurationError, match="chest-strap, finger-oximeter"):
        profile_named("sock")
