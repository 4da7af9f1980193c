"""What the simulator's book says was measured, as samples by name.

The table of kinds here is the book-keeper's own: it shares nothing with what the gateway makes of the same
characteristics, so that a mistake there shows.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from carewire.accounting.samples import Name, Samples
from edge.config import device_id
from vitals.gatt import uuids
from vitals.gatt.signals import SIGNALS, Signal

__all__ = ["Measured", "read_book"]

Line = Mapping[str, Any]
Reading = tuple[str, float, float]
"""Kind, value, and how many ms before the line's time it was true."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Single values and signals by name, from the first that anybody heard on.

    `dated` are those that carry a date of the wearable's own, which may be minutes off. `kept` counts
    readings that a wearable still keeps until somebody comes for them.
    """

    values: Mapping[Name, Samples]
    signals: Mapping[Name, Samples]
    dated: frozenset[Name]
    kept: int
    first_ms: float
    last_ms: float


def read_book(path: Path) -> Measured:
    """Read the book; a last line that is torn was being written."""
    gathered = _Gathered()
    for line in _lines(path):
        gathered.take(line)
    return gathered.measured()


@dataclass(slots=True)
class _Gathered:
    told: dict[tuple[str, str, float], Line] = field(default_factory=dict)
    signals: dict[Name, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    heard: set[tuple[str, str]] = field(default_factory=set)
    first_ms: float = float("inf")
    last_ms: float = float("-inf")

    def take(self, line: Line) -> None:
        self.first_ms = min(self.first_ms, line["wall_ms"])
        self.last_ms = max(self.last_ms, line["wall_ms"])
        if line["uuid"] == uuids.SIGNAL_DATA:
            self._take_signal(line)
            return
        key = (line["device"], line["uuid"], line["lived_s"])
        if line["sent"] or key not in self.told:
            self.told[key] = line

    def measured(self) -> Measured:
        heard = {key[:2] for key, line in self.told.items() if line["sent"]}
        values: dict[Name, list[tuple[float, float]]] = defaultdict(list)
        begun: set[tuple[str, str]] = set()
        dated: set[Name] = set()
        kept = 0
        for (device, uuid, _), line in sorted(self.told.items(), key=lambda item: item[1]["wall_ms"]):
            row = _ROWS.get(uuid)
            if row is None:
                continue
            if line["sent"]:
                begun.add((device, uuid))
            elif row.is_kept:
                kept += 1
                continue
            if (device, uuid) not in heard or (device, uuid) not in begun:
                continue
            for kind, value, before_ms in row.read(line["values"]):
                name = Name(device=device_id(device), kind=kind)
                values[name].append((line["wall_ms"] - before_ms, value))
                if row.is_kept:
                    dated.add(name)
        return Measured(
            values={name: Samples.of(pairs) for name, pairs in values.items()},
            signals={name: Samples.of(pairs) for name, pairs in self.signals.items()},
            dated=frozenset(dated),
            kept=kept,
            first_ms=self.first_ms,
            last_ms=self.last_ms,
        )

    def _take_signal(self, line: Line) -> None:
        frame = line["values"]
        settings = frame.get("settings", frame)
        signal = Signal(settings["signal"])
        begun = (line["device"], signal.name)
        if line["sent"]:
            self.heard.add(begun)
        if begun not in self.heard:
            return  # nobody has ever asked for it
        shape = SIGNALS[signal]
        unit = settings["resolution"] / shape.resolution_units_per_unit
        for lead, counts in zip(shape.leads, frame["channels"], strict=True):
            name = Name(device=device_id(line["device"]), kind=signal.name.lower(), lead=lead)
            t_ms = line["wall_ms"] + np.arange(len(counts)) * 1000.0 / settings["rate_hz"]
            self.signals[name] += zip(t_ms.tolist(), (np.array(counts) * unit).tolist(), strict=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """How a characteristic's message reads; `is_kept`: the wearable keeps it until it is fetched."""

    read: Callable[[Any], Iterator[Reading]]
    is_kept: bool = False


def _plain(**fields: str) -> Callable[[Any], Iterator[Reading]]:
    """Read fields by kind; a dot goes down into a part of the message."""

    def read(message: Any) -> Iterator[Reading]:  # noqa: ANN401 - JSON
        for kind, path in fields.items():
            value = message
            for step in path.split("."):
                value = None if value is None else value[step]
            if isinstance(value, int | float):
                yield kind, float(value), 0.0

    return read


def _heart_rate(message: Any) -> Iterator[Reading]:  # noqa: ANN401 - JSON
    if message["sensor_contact"] == "no-contact":
        return
    yield "heart_rate", float(message["heart_rate_bpm"]), 0.0
    left_ms = sum(message["rr_intervals_ms"])
    for interval_ms in message["rr_intervals_ms"]:
        left_ms -= interval_ms
        yield "rr_interval", interval_ms, left_ms


def _cgm(message: Any) -> Iterator[Reading]:  # noqa: ANN401 - JSON
    for record in message["records"]:
        yield from _plain(glucose="glucose_mg_dl", glucose_trend="trend_mg_dl_min")(record)


def _glucose(message: Any) -> Iterator[Reading]:  # noqa: ANN401 - JSON
    if message["concentration"] is not None:
        yield "blood_glucose", message["concentration"]["value"] * 1e5, 0.0


_ROWS: Final[Mapping[str, _Row]] = {
    uuids.HEART_RATE_MEASUREMENT: _Row(read=_heart_rate),
    uuids.PLX_CONTINUOUS_MEASUREMENT: _Row(
        read=_plain(
            oxygen_saturation="normal.spo2_percent",
            pulse_rate="normal.pulse_rate_bpm",
            perfusion_index="pulse_amplitude_index_percent",
        )
    ),
    uuids.PLX_SPOT_CHECK_MEASUREMENT: _Row(
        read=_plain(
            oxygen_saturation="saturation.spo2_percent",
            pulse_rate="saturation.pulse_rate_bpm",
            perfusion_index="pulse_amplitude_index_percent",
        ),
        is_kept=True,
    ),
    uuids.TEMPERATURE_MEASUREMENT: _Row(read=_plain(body_temperature="value"), is_kept=True),
    uuids.BLOOD_PRESSURE_MEASUREMENT: _Row(
        read=_plain(
            systolic_pressure="systolic",
            diastolic_pressure="diastolic",
            mean_pressure="mean_arterial_pressure",
            pulse_rate="pulse_rate_bpm",
        ),
        is_kept=True,
    ),
    uuids.GLUCOSE_MEASUREMENT: _Row(read=_glucose, is_kept=True),
    uuids.CGM_MEASUREMENT: _Row(read=_cgm, is_kept=True),
    uuids.WEIGHT_MEASUREMENT: _Row(read=_plain(body_weight="weight_kg"), is_kept=True),
    uuids.BODY_COMPOSITION_MEASUREMENT: _Row(read=_plain(body_fat="body_fat_percent"), is_kept=True),
    uuids.RSC_MEASUREMENT: _Row(
        read=_plain(step_cadence="cadence_steps_min", walking_speed="speed_m_s"),
    ),
}
"""Quantities that two characteristics tell alike, such as height, are left to the unit tests."""


def _lines(path: Path) -> Iterator[Line]:
    with path.open(encoding="utf-8") as book:
        for text in book:
            if text.endswith("\n"):
                yield json.loads(text)
