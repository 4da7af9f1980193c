"""The simulator's book against what plain bleak heard: every sample and every reading is accounted for."""

import asyncio
import json
from pathlib import Path

import msgspec
import numpy as np
from bleak import BleakClient

from firmware_sim.bootstrap import PatientSettings, Simulator, SimulatorSettings
from firmware_sim.wearables import Wearable
from tests.fakes.on_air import Inbox, find, radio, until
from vitals.gatt import signal_control_point, signal_stream, uuids
from vitals.gatt.registry import decode
from vitals.gatt.signal_control_point import Start

SPEED = 20.0
LINKS_LOST = 2
ANN = PatientSettings(scenario="exercise", wearables=("strap", "oximeter", "band", "pendant"))
BEN = PatientSettings(scenario="atrial-fibrillation", wearables=("strap", "cgm", "band"))


class Ear:
    """Hears everything one wearable tells, over as many connections as it takes."""

    def __init__(self, wearable: Wearable) -> None:
        self.wearable = wearable
        self.heard: dict[str, list[bytes]] = {}

    async def listen(self) -> BleakClient:
        client = BleakClient(await find(self.wearable.name))
        await client.connect()
        await client.pair()
        for uuid in self.wearable.model.measures:
            await client.start_notify(uuid, lambda _, value, uuid=uuid: self._take(uuid, value))
        if self.wearable.model.signals:
            await self._start_signals(client)
        return client

    async def _start_signals(self, client: BleakClient) -> None:
        answers = await Inbox.of(client, uuids.SIGNAL_CONTROL_POINT)
        await client.start_notify(uuids.SIGNAL_DATA, lambda _, value: self._take(uuids.SIGNAL_DATA, value))
        for row in self.wearable.model.signals:
            request = signal_control_point.encode(Start(settings=row.settings(130)))
            await client.write_gatt_char(uuids.SIGNAL_CONTROL_POINT, request, response=True)
        await answers.heard(len(self.wearable.model.signals))

    def _take(self, uuid: str, value: bytearray) -> None:
        self.heard.setdefault(uuid, []).append(bytes(value))


async def listened(sim: Simulator, ears: list[Ear], *, for_s: float = 40.0) -> None:
    """Listen to everybody for some seconds of life; then every link is lost."""
    clients = [await ear.listen() for ear in ears]
    ends_s = {patient: patient.lifetime.now_s() + for_s for patient in sim.patients}
    await until(lambda: all(patient.lifetime.now_s() > end_s for patient, end_s in ends_s.items()))
    for ear in ears:
        ear.wearable.drop_link()
    await until(lambda: not any(client.is_connected for client in clients))
    await asyncio.sleep(0.2)  # four seconds of life that nobody hears


async def test_two_patients_and_seven_wearables_are_accounted_for_to_the_sample(tmp_path: Path) -> None:
    book = tmp_path / "book.jsonl"
    async with radio(SimulatorSettings(speed=SPEED, patients=(ANN, BEN), book=book)) as sim:
        ears = [Ear(wearable) for wearable in sim.wearables]
        for _ in range(LINKS_LOST):
            await listened(sim, ears)
    lines = [json.loads(line) for line in book.read_text().splitlines()]

    for ear in ears:
        own = [line for line in lines if line["device"] == ear.wearable.address]
        for uuid, values in ear.heard.items():
            sent = [line["values"] for line in own if line["uuid"] == uuid and line["sent"]]
            heard = [json.loads(msgspec.json.encode(decode(uuid, value))) for value in values]
            remaining = iter(sent)
            assert all(value in remaining for value in heard), "in the order in which it was sent"
            assert len(sent) - len(heard) <= 2 * LINKS_LOST  # on their way when a link was lost
        for row in ear.wearable.model.signals:
            assert_without_a_hole(ear, own, int(row.signal))


def assert_without_a_hole(ear: Ear, own: list[dict], signal: int) -> None:
    """Check that the book's samples of a signal follow each other, those that nobody heard among them."""
    spans = []
    for line in own:
        values = line["values"]
        if line["uuid"] == uuids.SIGNAL_DATA:
            of, rate_hz = (
                (values["signal"], values["rate_hz"])
                if "signal" in values
                else (values["settings"]["signal"], values["settings"]["rate_hz"])
            )
            if of == signal:
                start = round(ear.wearable.firmware.clock.ticks_us(line["lived_s"]) * rate_hz / 1e6)
                spans.append((start, len(values["channels"][0]), line["sent"]))
    starts, lengths = np.array([start for start, _, _ in spans]), np.array([length for _, length, _ in spans])
    assert (starts[1:] == starts[:-1] + lengths[:-1]).all()
    assert {sent for _, _, sent in spans} == {True, False}
    frames = [signal_stream.decode(value) for value in ear.heard[uuids.SIGNAL_DATA]]
    assert sum(frame.length for frame in frames if frame.signal == signal) > 60 * rate_hz
