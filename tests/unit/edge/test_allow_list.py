"""Whom a gateway listens to: the addresses it was given, whatever anybody calls themselves or offers."""

from pathlib import Path
from random import Random

import pytest

from edge.adapters.ble.roster import Roster
from edge.config import DeviceSettings, EdgeSettings
from vitals.gatt import uuids

STRAP = "C0:00:00:00:00:01"
OURS, IMPOSTOR = "c0-00-00-00-00-01", "c0-00-00-00-00-02"
OFFERS = (uuids.HEART_RATE_SERVICE,)


@pytest.fixture
def roster(tmp_path: Path) -> Roster:
    settings = EdgeSettings(
        gateway_id="hall",
        data_dir=tmp_path,
        devices=(DeviceSettings(address=STRAP, name="Strap", profile="chest-strap"),),
    )
    roster = Roster(settings=settings, random=Random(1))
    roster.enter_allowed(0.0)
    return roster


def test_a_wearable_of_the_list_is_wanted(roster: Roster) -> None:
    assert roster.is_wanted(OURS, OFFERS, 1.0)


def test_an_impostor_who_offers_the_same_is_never_connected_nor_bonded_with(roster: Roster) -> None:
    assert not roster.is_wanted(IMPOSTOR, OFFERS, 1.0)
    assert not roster.may_pair(IMPOSTOR)
    assert set(roster.peers) == {OURS}


def test_a_bond_is_made_over_links_of_our_own_making_alone(roster: Roster) -> None:
    assert not roster.may_pair(
        OURS
    )  # it is only sought: whoever comes with its address to be paired is refused
