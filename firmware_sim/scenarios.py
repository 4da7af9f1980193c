"""What the simulated wearer lives through. A new scenario is one row; rows combine as `resting+fever`."""

from collections.abc import Mapping
from math import inf
from types import MappingProxyType
from typing import Final

from firmware_sim.causes import Cause, Episode, Span
from firmware_sim.falls import Fall
from firmware_sim.faults import ScheduledFault
from firmware_sim.rhythms import (
    AtrialFibrillation,
    Sinus,
    Standstill,
    VentricularTachycardia,
    WithEctopicBeats,
    WithPauses,
)
from firmware_sim.scenario import GeneratedBeats, Life, RecordedBeats, Scenario, combined
from firmware_sim.vital_signs import Quantity
from vitals.errors import ConfigurationError

__all__ = ["SCENARIOS", "Scenario", "scenario_named", "scenarios_named"]


def scenario_named(name: str) -> Scenario:
    """Return the row of that name.

    Raises
    ------
    ConfigurationError
        There is none; the message lists those that are.
    """
    try:
        return SCENARIOS[name]
    except KeyError:
        raise ConfigurationError(
            f"no scenario is called {name!r}: choose one of {', '.join(SCENARIOS)}"
        ) from None


def scenarios_named(text: str) -> tuple[Scenario, ...]:
    """Return the rows named in `resting+fever+low-battery`, once it is clear that one body can live them all.

    Raises
    ------
    ConfigurationError
        A name is unknown, or two of the scenarios name different hearts.
    """
    scenarios = tuple(scenario_named(name.strip()) for name in text.split("+"))
    combined(scenarios)
    return scenarios


def _fault(name: str, *, from_s: float = 0.0, to_s: float = inf) -> tuple[ScheduledFault, ...]:
    return (ScheduledFault(fault=name, from_s=from_s, to_s=to_s),)


_ROWS: Final = (
    Scenario(
        name="resting",
        description="a recorded heart at rest, in sinus rhythm",
        source="excerpt resting-101",
        expected="nothing to report",
        life=Life(beats=RecordedBeats(excerpt="resting-101")),
    ),
    Scenario(
        name="ectopic-beats",
        description="a recorded heart with ventricular ectopic beats",
        source="excerpt ectopic-119",
        expected="ectopic beats, and no atrial fibrillation",
        life=Life(beats=RecordedBeats(excerpt="ectopic-119")),
    ),
    Scenario(
        name="atrial-fibrillation",
        description="a recorded heart in atrial fibrillation",
        source="excerpt atrial-fibrillation-201",
        expected="atrial fibrillation from the start",
        life=Life(beats=RecordedBeats(excerpt="atrial-fibrillation-201")),
    ),
    Scenario(
        name="atrial-fibrillation-with-ectopic-beats",
        description="a recorded heart in faster atrial fibrillation with ventricular ectopic beats",
        source="excerpt atrial-fibrillation-203",
        expected="atrial fibrillation from the start",
        life=Life(beats=RecordedBeats(excerpt="atrial-fibrillation-203")),
    ),
    Scenario(
        name="generated-resting",
        description="a generated heart at rest that breathes",
        source="generated",
        expected="nothing to report",
        life=Life(beats=GeneratedBeats(course={0.0: Sinus()})),
    ),
    Scenario(
        name="generated-atrial-fibrillation",
        description="a generated heart in atrial fibrillation",
        source="generated",
        expected="atrial fibrillation from the start",
        life=Life(
            beats=GeneratedBeats(course={0.0: AtrialFibrillation()}),
            baselines={Quantity.HEART_RATE: 96.0},
        ),
    ),
    Scenario(
        name="paroxysmal-atrial-fibrillation",
        description="a generated heart at rest that falls into atrial fibrillation after a minute",
        source="generated",
        expected="the onset of atrial fibrillation after 60 s",
        life=Life(
            beats=GeneratedBeats(course={0.0: Sinus(), 60.0: AtrialFibrillation()}),
            episodes=(Episode(cause=Cause.RAPID_CONDUCTION, level=30.0, from_s=60.0),),
        ),
    ),
    Scenario(
        name="tachycardia",
        description="a generated heart in sinus rhythm that stays at 140 beats a minute",
        source="generated",
        expected="a high heart rate",
        life=Life(baselines={Quantity.HEART_RATE: 140.0}),
    ),
    Scenario(
        name="bradycardia",
        description="a heart in sinus rhythm that stays at 40 beats a minute",
        source="generated; Kusumoto et al., ACC/AHA/HRS 2018 bradycardia guideline: below 50",
        expected="a heart rate below 50",
        life=Life(baselines={Quantity.HEART_RATE: 40.0}),
    ),
    Scenario(
        name="sinus-pauses",
        description="a generated heart in sinus rhythm that falls silent for 3.6 s now and then",
        source="generated; Kusumoto et al., ACC/AHA/HRS 2018 bradycardia guideline: pauses over 3 s",
        expected="pauses of more than 3 s",
        life=Life(beats=GeneratedBeats(course={0.0: WithPauses(rhythm=Sinus())})),
    ),
    Scenario(
        name="vt-run",
        description="ectopic beats; after a minute a ventricle takes over at 170 beats a minute for 15 s",
        source="generated; Al-Khatib et al., AHA/ACC/HRS 2017 guideline: over 100 /min, sustained from 30 s",
        expected="a run of ventricular beats of 150 to 200 a minute from 60 s to 75 s",
        life=Life(
            beats=GeneratedBeats(
                course={
                    0.0: WithEctopicBeats(rhythm=Sinus()),
                    60.0: VentricularTachycardia(),
                    75.0: WithEctopicBeats(rhythm=Sinus()),
                }
            ),
            episodes=(
                Episode(cause=Cause.HYPOTENSION, level=35.0, from_s=60.0, to_s=75.0),
                Episode(cause=Cause.DISTRESS, level=0.4, from_s=65.0, to_s=120.0),
            ),
        ),
    ),
    Scenario(
        name="asystole",
        description="a heart in sinus rhythm that stands still for nine seconds after a minute",
        source="generated; ANSI/AAMI EC13, PhysioNet/CinC Challenge 2015: no beat for 4 s",
        expected="no heartbeat from 60 s until 69 s",
        life=Life(
            beats=GeneratedBeats(course={0.0: Sinus(), 60.0: Standstill(lasts_s=9.0), 61.5: Sinus()}),
            episodes=(Episode(cause=Cause.HYPOTENSION, level=50.0, from_s=60.0, to_s=70.0),),
        ),
    ),
    Scenario(
        name="ventricular-fibrillation",
        description="a heart in sinus rhythm whose ventricles only quiver for twenty seconds after a minute",
        source="generated; ACC/AHA/ESC 2006 (Zipes et al.): waves of 150 to 500 a minute, and no beats",
        expected="fibrillation of the ventricles from 60 s until 80 s",
        life=Life(
            beats=GeneratedBeats(
                course={0.0: Sinus(), 60.0: Standstill(lasts_s=20.0, f_wave_mv=0.5), 80.0: Sinus()}
            ),
            episodes=(Episode(cause=Cause.HYPOTENSION, level=80.0, from_s=60.0, to_s=82.0),),
        ),
    ),
    Scenario(
        name="sleep",
        description="a sleeper at night: slow heart that breathes, low pressure, lying still",
        source="generated",
        expected="nothing to report",
        life=Life(
            start_hour=2.0,
            episodes=(Episode(cause=Cause.SLEEP, level=1.0, from_s=-1800.0, ramp_s=600.0),),
        ),
    ),
    Scenario(
        name="exercise",
        description="a minute at rest, ten minutes of brisk walking and jogging, then recovery",
        source="generated",
        expected="heart and breathing rates rise with the work, while signals get worse; no alarm of illness",
        life=Life(
            episodes=(
                Episode(cause=Cause.EXERTION, level=0.3, from_s=60.0, to_s=660.0, ramp_s=8.0),
                Episode(cause=Cause.EXERTION, level=0.35, from_s=240.0, to_s=600.0, ramp_s=8.0),
            ),
        ),
    ),
    Scenario(
        name="desaturation",
        description="oxygen saturation that falls to about 86 % from the first minute to the fifth",
        source="generated; Royal College of Physicians, NEWS2 2017: 91 and below scores 3",
        expected="oxygen saturation below 90 from 120 s to 300 s, and a faster heart",
        life=Life(
            episodes=(Episode(cause=Cause.HYPOXIA, level=11.5, from_s=60.0, to_s=300.0, ramp_s=30.0),),
        ),
    ),
    Scenario(
        name="fever",
        description="a temperature that rises above 39 degC within five minutes",
        source="generated; Royal College of Physicians, NEWS2 2017: 38.1 to 39.0 scores 1, above it 2",
        expected="a temperature above 38.1, a faster heart and faster breathing",
        life=Life(
            episodes=(Episode(cause=Cause.FEVER, level=2.6, from_s=-60.0, ramp_s=300.0),),
        ),
    ),
    Scenario(
        name="hypertensive-crisis",
        description="blood pressure that rises to about 210 over 130 within two minutes",
        source="generated; Whelton et al., AHA/ACC 2017 guideline: crisis above 180 or 120",
        expected="systolic pressure above 180 and diastolic above 120 from 180 s on",
        life=Life(
            episodes=(Episode(cause=Cause.HYPERTENSION, level=92.0, from_s=30.0, ramp_s=90.0),),
        ),
    ),
    Scenario(
        name="hypoglycaemia",
        description="glucose that falls below 54 mg/dL, with sweat, tremor and a faster heart",
        source="generated; Battelino et al., Diabetes Care 2019;42:1593-1603: below 54 is level 2",
        expected="glucose below 54 from 900 s on",
        life=Life(
            start_hour=4.0,
            episodes=(Episode(cause=Cause.HYPOGLYCAEMIA, level=52.0, from_s=30.0, ramp_s=500.0),),
        ),
    ),
    Scenario(
        name="fall-and-long-lie",
        description="somebody walks, falls hard after a minute, and stays on the floor",
        source="generated; Bourke et al., Gait Posture 2007;26:194-199: below 0.41 g, then above 3.5 g",
        expected="a fall at 60 s, and nobody rising from it",
        life=Life(
            episodes=(
                Episode(cause=Cause.EXERTION, level=0.2, from_s=10.0, to_s=60.0),
                Episode(cause=Cause.DISTRESS, level=0.8, from_s=60.0, to_s=360.0, ramp_s=4.0),
                Episode(cause=Cause.DISTRESS, level=0.3, from_s=360.0, ramp_s=60.0),
            ),
            falls=(Fall(at_s=60.0),),
        ),
    ),
    Scenario(
        name="sensor-off",
        description="a heart at rest whose sensor comes loose after 30 s",
        source="generated",
        expected="sensor off after 30 s",
        life=Life(off_skin=(Span(from_s=30.0),)),
    ),
    Scenario(
        name="motion-noise",
        description="somebody whose arms are busy: real noise of electrodes and muscles over the ECG",
        source="generated; noise of the MIT-BIH Noise Stress Test Database",
        expected="poor signal quality, and no alarm on what cannot be judged",
        life=Life(
            episodes=(Episode(cause=Cause.AGITATION, level=0.9, from_s=30.0, ramp_s=5.0),),
        ),
    ),
    Scenario(
        name="low-battery",
        description="a wearable whose battery is nearly empty",
        source="device",
        expected="a low battery, told before the wearable falls silent",
        life=Life(device_faults=_fault("low-battery")),
    ),
    Scenario(
        name="out-of-range",
        description="a wearer who leaves the house from the first minute to the fourth",
        source="device",
        expected="the link is lost, missing data is told with its reason, and all is well again after 240 s",
        life=Life(
            out_of_reach=(Span(from_s=60.0, to_s=240.0),),
            device_faults=_fault("out-of-range", from_s=60.0, to_s=240.0),
        ),
    ),
    Scenario(
        name="firmware-reboot",
        description="a wearable that starts anew after a minute: counters and clock begin from nothing",
        source="device",
        expected="a reconnect, and a gap where nothing was measured",
        life=Life(device_faults=_fault("firmware-reboot", from_s=60.0, to_s=65.0)),
    ),
    Scenario(
        name="clock-ahead",
        description="a wearable whose clock runs ten years ahead",
        source="device",
        expected="readings at the time they were taken, and a clock error told",
        life=Life(device_faults=_fault("clock-ahead")),
    ),
    Scenario(
        name="garbage-packets",
        description="a wearable that sends octets of no meaning between its values for a minute",
        source="device",
        expected="undecodable values counted and told, all others stored",
        life=Life(device_faults=_fault("garbage-packets", from_s=30.0, to_s=90.0)),
    ),
)

SCENARIOS: Final[Mapping[str, Scenario]] = MappingProxyType({row.name: row for row in _ROWS})
