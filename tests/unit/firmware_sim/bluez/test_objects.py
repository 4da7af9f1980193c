from collections.abc import Mapping
from typing import Any, ClassVar

import pytest
from dbus_fast import DBusError, Variant

from firmware_sim.bluez.objects import BusObject, Call, Reply, method


class Lamp(BusObject):
    INTERFACE = "test.Lamp1"
    PROPERTIES: ClassVar[Mapping[str, str]] = {"On": "b", "Level": "q", "Serial": "s"}
    WRITABLE = frozenset({"On"})

    @method("Dim", takes="q")
    async def _dim(self, call: Call) -> Reply:
        self.set(Level=call.arguments[0])
        return Reply(signature="s", values=[call.sender])


@pytest.fixture
def told() -> list[tuple[Any, ...]]:
    return []


@pytest.fixture
def lamp(told: list[tuple[Any, ...]]) -> Lamp:
    lamp = Lamp("/lamp", On=True, Serial="7")
    lamp.attach(lambda *signal: told.append(signal))
    return lamp


def test_a_property_without_a_value_is_not_there(lamp: Lamp) -> None:
    assert lamp.properties() == {"On": Variant("b", True), "Serial": Variant("s", "7")}


def test_only_what_changed_is_told(lamp: Lamp, told: list[tuple[Any, ...]]) -> None:
    lamp.set(On=True, Level=3)
    ((path, interface, member, signature, body),) = told
    assert (path, interface, member) == ("/lamp", "org.freedesktop.DBus.Properties", "PropertiesChanged")
    assert signature == "sa{sv}as"
    assert body == ["test.Lamp1", {"Level": Variant("q", 3)}, []]


def test_what_is_said_anew_is_told_even_unchanged(lamp: Lamp, told: list[tuple[Any, ...]]) -> None:
    lamp.tell(On=True)
    assert told[0][-1] == ["test.Lamp1", {"On": Variant("b", True)}, []]


def test_what_is_taken_away_is_told_once(lamp: Lamp, told: list[tuple[Any, ...]]) -> None:
    lamp.drop("Serial", "Level")
    lamp.drop("Serial")
    assert [signal[-1] for signal in told] == [["test.Lamp1", {}, ["Serial"]]]


def test_an_object_that_is_not_exported_tells_nobody(lamp: Lamp, told: list[tuple[Any, ...]]) -> None:
    lamp.attach(None)
    lamp.set(On=False)
    assert told == []


async def test_a_call_reaches_the_method_with_its_sender(lamp: Lamp) -> None:
    reply = await lamp.call("Dim", "q", Call(sender=":1.5", arguments=[4]))
    assert reply.values == [":1.5"]
    assert lamp.get("Level") == 4


@pytest.mark.parametrize(("member", "signature"), [("Dim", "s"), ("Shine", "q")])
async def test_a_method_that_is_not_there_is_refused(lamp: Lamp, member: str, signature: str) -> None:
    with pytest.raises(DBusError) as refused:
        await lamp.call(member, signature, Call(sender=":1.5"))
    assert refused.value.type.endswith("UnknownMethod")


async def test_only_a_writable_property_can_be_written(lamp: Lamp) -> None:
    await lamp.write("On", False)
    assert lamp.get("On") is False
    with pytest.raises(DBusError) as refused:
        await lamp.write("Serial", "8")
    assert refused.value.type.endswith("PropertyReadOnly")
