"""A gateway as a user would write it with bleak: connects for ever, and prints each ECG frame's timestamp.

Nothing in it knows the simulator but the line that installs the backend.
"""

import asyncio
import sys

from bleak import BleakClient, BleakScanner
from bleak.exc import BleakError

from firmware_sim.bleak_backend import install
from vitals.gatt import signal_stream, uuids
from vitals.gatt.signal_control_point import SignalSettings, Start, encode
from vitals.gatt.signals import Signal

START = encode(Start(settings=SignalSettings(signal=Signal.ECG, rate_hz=130, resolution=1000)))


def on_frame(_sender: object, value: bytearray) -> None:
    print("frame", signal_stream.decode(bytes(value)).timestamp_us, flush=True)  # noqa: T201 - the test reads it


async def listen() -> None:
    device = await BleakScanner.find_device_by_name("Carewire Strap 0001", timeout=5)
    if device is None:
        raise BleakError("the strap is out of reach")
    lost = asyncio.Event()
    async with BleakClient(device, disconnected_callback=lambda _: lost.set(), timeout=5) as client:
        await client.start_notify(uuids.SIGNAL_CONTROL_POINT, lambda _sender, _value: None)
        await client.start_notify(uuids.SIGNAL_DATA, on_frame)
        await client.write_gatt_char(uuids.SIGNAL_CONTROL_POINT, START, response=True)
        await lost.wait()


async def main() -> None:
    install(sys.argv[1])
    print("started", flush=True)  # noqa: T201 - the test reads it
    while True:
        try:
            await listen()
        except (BleakError, TimeoutError) as error:
            print("failed", repr(error), flush=True)  # noqa: T201 - the test reads it
            await asyncio.sleep(0.2)


if __name__ == "__main__":
    asyncio.run(main())
