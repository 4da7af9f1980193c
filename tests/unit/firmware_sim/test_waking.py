import asyncio

from firmware_sim.chores import Chores
from firmware_sim.waking import Waking
from tests.fakes.on_air import until


async def test_who_never_sleeps_is_awake_from_the_start() -> None:
    waking = Waking(None, chores=Chores("strap"), doze_off=asyncio.Event().wait)

    assert waking.is_awake
    assert not waking.stir()
    waking.sleep()
    assert waking.is_awake


async def test_a_stir_wakes_for_a_while_and_then_it_dozes_off() -> None:
    dozed = []

    async def doze_off() -> None:
        dozed.append("off")

    chores = Chores("cuff")
    waking = Waking(0.2, chores=chores, doze_off=doze_off)
    before = waking.is_awake

    assert waking.stir()
    assert waking.is_awake
    assert not waking.stir()
    await until(lambda: dozed)
    assert not waking.is_awake
    assert (before, dozed) == (False, ["off"])
    assert waking.stir()
    await chores.close()


async def test_what_is_done_may_sleep_at_once() -> None:
    chores = Chores("cuff")
    waking = Waking(60.0, chores=chores, doze_off=asyncio.Event().wait)
    waking.stir()

    waking.sleep()

    assert not waking.is_awake
    await chores.close()
