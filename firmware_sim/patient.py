"""Patients who live: one body each, what is worn on it, and what befalls that."""

from collections.abc import Sequence
from math import inf

import numpy as np
import structlog

from firmware_sim.body import Body
from firmware_sim.book import Book
from firmware_sim.chores import Chores
from firmware_sim.device_clock import DeviceClock
from firmware_sim.faults import ScheduledFault, fault_named
from firmware_sim.lifetime import Lifetime
from firmware_sim.pacing import PacingClock
from firmware_sim.patient_settings import PatientSettings
from firmware_sim.recordings import Recording
from firmware_sim.seeds import seed_sequence, stream
from firmware_sim.virtual_radio import VirtualRadio
from firmware_sim.wearable_model import WearableModel
from firmware_sim.wearables import Wearable

__all__ = ["Patient", "patients_on"]

_log = structlog.get_logger()


class Patient:
    """A body, its life, and its wearables.

    The life begins when somebody first listens to a wearable that is worn all the time, so that no
    demonstration is over before it is seen; at once, if all that there is comes and goes.
    """

    def __init__(self, *, body: Body, lifetime: Lifetime, wearables: Sequence[Wearable]) -> None:
        self.body = body
        self.lifetime = lifetime
        self.wearables = tuple(wearables)
        self._chores = Chores("patient")

    async def start(self) -> None:
        """Switch the wearables on."""
        for wearable in self.wearables:
            await wearable.start()
        for scheduled in self.body.device_faults:
            self._chores.spawn(self._befall(scheduled))
        if all(wearable.model.is_visitor for wearable in self.wearables):
            self.lifetime.begin()

    async def close(self) -> None:
        """Switch the wearables off."""
        await self._chores.close()
        for wearable in self.wearables:
            await wearable.close()

    async def _befall(self, scheduled: ScheduledFault) -> None:
        """Let all wearables have a fault for as long as it lasts."""
        fault = fault_named(scheduled.fault)
        await self.lifetime.sleep_until(scheduled.from_s)
        _log.info("sim.fault_injected", fault=fault.name)
        for wearable in self.wearables:
            wearable.inject(fault)
        if scheduled.to_s < inf:
            await self.lifetime.sleep_until(scheduled.to_s)
            _log.info("sim.fault_cleared", fault=fault.name)
            for wearable in self.wearables:
                wearable.clear(fault)


def patients_on(  # noqa: PLR0913 - one argument a thing they share
    radio: VirtualRadio,
    everybody: Sequence[PatientSettings],
    *,
    clock: PacingClock,
    wall_ms_at_start: float,
    book: Book,
    seed: int,
    ecg_rate_hz: int,
    recording: Recording | None = None,
    loop: bool = True,
) -> tuple[Patient, ...]:
    """Return the patients, their wearables numbered through and within reach of the radio, not yet on."""
    seeds = np.random.SeedSequence(seed).spawn(len(everybody))
    patients, number = list[Patient](), 0
    for settings, own in zip(everybody, seeds, strict=True):
        drawn = own if settings.seed is None else seed_sequence(settings.seed)
        body = Body((settings.scenario,), seed=drawn, recording=recording, loop=loop)
        lifetime, worn = Lifetime(clock, wall_ms_at_start=wall_ms_at_start), list[Wearable]()
        for model in settings.models:
            number += 1
            worn.append(
                Wearable(
                    model,
                    number=number,
                    body=body,
                    lifetime=lifetime,
                    clock=_crystal(model, lifetime, stream(drawn, f"crystal of {model.key}")),
                    radio=radio,
                    book=book,
                    ecg_rate_hz=ecg_rate_hz,
                )
            )
        patients.append(Patient(body=body, lifetime=lifetime, wearables=worn))
    return tuple(patients)


def _crystal(model: WearableModel, lifetime: Lifetime, rng: np.random.Generator) -> DeviceClock:
    """Return a clock that is off as much as this one happens to be."""
    drift, offset = rng.uniform(-1.0, 1.0, 2).tolist()
    return DeviceClock(
        lifetime.wall_ms,
        drift_ppm=drift * model.drift_ppm,
        offset_s=offset * model.offset_s,
        is_set=model.is_set,
    )
