"""A wearable that only comes to deliver."""

import asyncio
from pathlib import Path

import pytest

from tests.fakes.bleak_radio import FakePeripheral, FakeRadio
from tests.fakes.central_bench import CONNECTED, FIRST, central, radio
from vitals.gatt import uuids
from vitals.records import LinkState

__all__ = ["radio"]


class TestAVisitor:
    """A cuff comes, delivers and goes, and nobody is worried."""

    @pytest.fixture
    def cuff(self, radio: FakeRadio) -> FakePeripheral:
        return radio.add(
            FakePeripheral(
                address=FIRST,
                uuids=(uuids.BLOOD_PRESSURE_MEASUREMENT,),
                advertised=(uuids.BLOOD_PRESSURE_SERVICE,),
            )
        )

    async def test_is_away_once_it_has_delivered_and_left_alone_for_a_while(
        self, radio: FakeRadio, tmp_path: Path, cuff: FakePeripheral
    ) -> None:
        async with central(radio, tmp_path, FIRST, profile="blood-pressure-cuff") as running:
            await running.until(lambda: "subscribe 2a35" in cuff.log)
            cuff.notify(uuids.BLOOD_PRESSURE_MEASUREMENT, b"\x00")
            cuff.vanish()
            await running.until(lambda: (LinkState.AWAY, "delivered") in running.links())
            await asyncio.sleep(0.2)
            assert running.links() == [CONNECTED, (LinkState.AWAY, "delivered")]
            assert cuff.connects == 1

    async def test_comes_again_after_its_rest(
        self, radio: FakeRadio, tmp_path: Path, cuff: FakePeripheral
    ) -> None:
        async with central(
            radio, tmp_path, FIRST, profile="blood-pressure-cuff", visit_rest_s=0.05
        ) as running:
            for visits in range(1, 4):
                await running.until(lambda: cuff.log.count("subscribe 2a35") == visits)  # noqa: B023 - awaited
                cuff.notify(uuids.BLOOD_PRESSURE_MEASUREMENT, b"\x00")
                cuff.vanish()

    async def test_that_is_not_there_is_away_and_not_out_of_reach(
        self, radio: FakeRadio, tmp_path: Path, cuff: FakePeripheral
    ) -> None:
        cuff.advertises = False
        async with central(radio, tmp_path, FIRST, profile="blood-pressure-cuff") as running:
            await running.until(lambda: radio.scans > 3)
            assert running.links() == [(LinkState.AWAY, "out-of-reach")]
