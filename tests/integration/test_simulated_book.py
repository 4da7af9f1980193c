"""The simulator's book against what plain bleak heard: every sample and every reading is accounted for."""

import asyncio
import json
from itertools import pairwise
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

SPEED = 10.0
LINKS_LOST = 2
ANN = PatientSettings(scenario="exercise", wearables=("strap", "oximeter", "band", "pendant"))
BEN = PatientSettings(scenario="atrial-fibrillation", wearables=("strap", "cgm", "band"))


class Ear:
    """Hears everything one wearable tells, over as many connections as it takes."""

    def __init__(self, wearable: Wearable) -> None:
        self.wearable = wearable
        self.heard: list[dict[str, list[bytes]]] = []
        """By characteristic, a connection each."""

    async def listen(self) -> BleakClient:
        client = BleakClient(await find(self.wearable.name))
        self.heard.append({})
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
        self.heard[-1].setdefault(uuid, []).append(bytes(value))

    def has_caught_up(self, lines: list[dict]) -> bool:
        """Whether all that was sent over this connection has come."""
        return all(len(sent_of(lines, self, uuid)) == len(values) for uuid, values in self.heard[-1].items())


async def listened(sim: Simulator, ears: list[Ear], book: Path, *, for_s: float = 40.0) -> None:
    """Listen to everybody for some seconds of life; then each link is lost once nothing waits to be heard."""
    begin = len(written(book))
    clients = [await ear.listen() for ear in ears]
    ends_s = {patient: patient.lifetime.now_s() + for_s for patient in sim.patients}
    await until(lambda: all(patient.lifetime.now_s() > end_s for patient, end_s in ends_s.items()))
    for ear in ears:
        await until(lambda: ear.has_caught_up(written(book)[begin:]), within_s=60.0)  # noqa: B023 - awaited
        ear.wearable.drop_link()
    await until(lambda: not any(client.is_connected for client in clients))
    await asyncio.sleep(0.4)  # four seconds of life that nobody hears


async def test_two_patients_and_seven_wearables_are_accounted_for_to_the_sample(tmp_path: Path) -> None:
    book, ends = tmp_path / "book.jsonl", [0]
    async with radio(SimulatorSettings(speed=SPEED, patients=(ANN, BEN), book=book)) as sim:
        ears = [Ear(wearable) for wearable in sim.wearables]
        for _ in range(LINKS_LOST):
            await listened(sim, ears, book)
            ends.append(len(written(book)))
    lines = written(book)

    for ear in ears:
        own = [line for line in lines if line["device"] == ear.wearable.address]
        for uuid in ear.heard[0] | ear.heard[1]:
            underway = 0
            for heard_then, (first, last) in zip(ear.heard, pairwise(ends), strict=True):
                sent = sent_of(lines[first:last], ear, uuid)
                heard = [as_json(decode(uuid, value)) for value in heard_then.get(uuid, [])]
                assert heard == sent[: len(heard)], "all that came, up to the moment when the link was lost"
                underway += len(sent) - len(heard)
            assert underway <= 2  # being sent at the moment when a link was lost
        for row in ear.wearable.model.signals:
            assert_without_a_hole(ear, own, int(row.signal))


def written(book: Path) -> list[dict]:
    return [json.loads(line) for line in book.read_text().splitlines(keepends=True) if line.endswith("\n")]


def sent_of(lines: list[dict], ear: Ear, uuid: str) -> list[object]:
    return [
        line["values"]
        for line in lines
        if (line["device"], line["uuid"], line["sent"]) == (ear.wearable.address, uuid, True)
    ]


def as_json(message: object) -> object:
    return json.loads(msgspec.json.encode(message))


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
    heard = [value for link in ear.heard for value in link.get(uuids.SIGNAL_DATA, [])]
    frames = [signal_stream.decode(value) for value in heard]
    assert sum(frame.length for frame in frames if frame.signal == signal) > 60 * rate_hz
