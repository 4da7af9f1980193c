"""How causes move vital signs: one row a coupling, each first-order with its own lag.

Two rows for one pair are its fast and its slow part: a heart speeds up within seconds as the vagus lets go,
and takes minutes to settle.
"""

from dataclasses import dataclass
from typing import Final

from firmware_sim.causes import Cause
from firmware_sim.vital_signs import Quantity

__all__ = ["COUPLINGS", "Coupling"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupling:
    """One row: a unit of `cause` moves `quantity` by `per_unit`, through a lag of `lag_s`."""

    cause: Cause
    quantity: Quantity
    per_unit: float
    lag_s: float
    source: str


def _row(cause: Cause, quantity: Quantity, per_unit: float, lag_s: float, source: str) -> Coupling:
    return Coupling(cause=cause, quantity=quantity, per_unit=per_unit, lag_s=lag_s, source=source)


_TANAKA: Final = (
    "Tanaka et al., JACC 2001;37:153-156: 208 - 0.7 x age, here 60; recovery: Cole, NEJM 1999;341:1351"
)
_BLACKIE: Final = "Blackie et al., Chest 1991;100:136-142: 35-45 /min at the greatest work"
_FLETCHER: Final = "Fletcher et al., Circulation 2013;128:873-934: about 10 mmHg a MET, diastolic as it was"
_SNYDER: Final = "Snyder et al., J Appl Physiol 1964;19:417-422"
_DIPPING: Final = "O'Brien et al., Lancet 1988;2:397: pressure falls by 10 to 20 %, with the time of day"
_SLUTSKY: Final = "Slutsky and Rebuck, Am J Physiol 1978;234:H129-H132: linear in the saturation lost"
_WRIGHT: Final = (
    "Wright and Frier, Diabetes Metab Res Rev 2008;24:353-363: rate, pressure, sweat and tremor rise"
)
_SCALE: Final = "defines the scale"

COUPLINGS: Final = (
    _row(Cause.EXERTION, Quantity.ACTIVITY, 1.0, 1.5, _SCALE),
    _row(Cause.EXERTION, Quantity.HEART_RATE, 75.0, 25.0, _TANAKA),
    _row(Cause.EXERTION, Quantity.HEART_RATE, 30.0, 180.0, _TANAKA),
    _row(Cause.EXERTION, Quantity.RESPIRATORY_RATE, 26.0, 45.0, _BLACKIE),
    _row(Cause.EXERTION, Quantity.SYSTOLIC, 70.0, 40.0, _FLETCHER),
    _row(Cause.EXERTION, Quantity.DIASTOLIC, 4.0, 40.0, _FLETCHER),
    _row(
        *(Cause.EXERTION, Quantity.BODY_TEMPERATURE, 1.6, 900.0),
        "Saltin and Hermansen, J Appl Physiol 1966;21:1757-1762: in step with the share of the greatest work",
    ),
    _row(Cause.EXERTION, Quantity.SWEATING, 0.9, 240.0, "Saltin and Hermansen 1966, as the temperature"),
    _row(Cause.SLEEP, Quantity.LYING, 1.0, 0.0, _SCALE),
    _row(Cause.SLEEP, Quantity.RESTLESSNESS, -0.05, 5.0, "a sleeper lies still"),
    _row(Cause.SLEEP, Quantity.HEART_RATE, -9.0, 120.0, _SNYDER),
    _row(Cause.SLEEP, Quantity.RESPIRATORY_RATE, -1.4, 60.0, _SNYDER),
    _row(Cause.SLEEP, Quantity.SYSTOLIC, -8.0, 300.0, _DIPPING),
    _row(Cause.SLEEP, Quantity.DIASTOLIC, -6.0, 300.0, _DIPPING),
    _row(
        *(Cause.SLEEP, Quantity.VARIABILITY, 0.6, 60.0),
        "Task Force of the ESC and NASPE, Circulation 1996;93:1043-1065: vagal tone rises at night",
    ),
    _row(Cause.AGITATION, Quantity.RESTLESSNESS, 1.0, 1.0, _SCALE),
    _row(Cause.AGITATION, Quantity.HEART_RATE, 10.0, 20.0, _TANAKA),
    _row(Cause.FEVER, Quantity.BODY_TEMPERATURE, 1.0, 30.0, _SCALE),
    _row(
        *(Cause.FEVER, Quantity.HEART_RATE, 8.5, 30.0),
        "Karjalainen and Viitasalo, Arch Intern Med 1986;146:1169-1171: 8.5 /min a degC",
    ),
    _row(
        *(Cause.FEVER, Quantity.RESPIRATORY_RATE, 2.2, 30.0),
        "Nijman et al., BMJ 2012;345:e4224: 2.2 /min a degC",
    ),
    _row(Cause.FEVER, Quantity.VARIABILITY, -0.15, 30.0, "follows the rate; see rhythms"),
    _row(Cause.HYPOXIA, Quantity.OXYGEN_SATURATION, -1.0, 8.0, _SCALE),
    _row(Cause.HYPOXIA, Quantity.HEART_RATE, 0.9, 20.0, _SLUTSKY),
    _row(
        *(Cause.HYPOXIA, Quantity.RESPIRATORY_RATE, 0.4, 30.0),
        "Rebuck and Campbell, Am Rev Respir Dis 1974;109:345-350: ventilation is linear in the saturation",
    ),
    _row(Cause.HYPERTENSION, Quantity.SYSTOLIC, 1.0, 20.0, _SCALE),
    _row(
        Cause.HYPERTENSION, Quantity.DIASTOLIC, 0.65, 20.0, "AHA/ACC 2017 guideline: both limits, 180 and 120"
    ),
    _row(Cause.HYPOTENSION, Quantity.SYSTOLIC, -1.0, 4.0, _SCALE),
    _row(Cause.HYPOTENSION, Quantity.DIASTOLIC, -0.4, 4.0, _SCALE),
    _row(Cause.RAPID_CONDUCTION, Quantity.HEART_RATE, 1.0, 1.0, _SCALE),
    _row(Cause.HYPOGLYCAEMIA, Quantity.GLUCOSE, -1.0, 60.0, _SCALE),
    _row(Cause.HYPOGLYCAEMIA, Quantity.HEART_RATE, 0.3, 90.0, _WRIGHT),
    _row(Cause.HYPOGLYCAEMIA, Quantity.SYSTOLIC, 0.3, 90.0, _WRIGHT),
    _row(Cause.HYPOGLYCAEMIA, Quantity.DIASTOLIC, -0.15, 90.0, _WRIGHT),
    _row(Cause.HYPOGLYCAEMIA, Quantity.SWEATING, 0.017, 90.0, _WRIGHT),
    _row(Cause.HYPOGLYCAEMIA, Quantity.TREMOR, 0.017, 90.0, _WRIGHT),
    _row(Cause.HYPOGLYCAEMIA, Quantity.PERFUSION_INDEX, -0.015, 90.0, "vessels of cold sweating skin narrow"),
    _row(
        Cause.DISTRESS,
        Quantity.HEART_RATE,
        28.0,
        8.0,
        "Terkelsen et al., Auton Neurosci 2005;121:101-109: pain",
    ),
    _row(Cause.DISTRESS, Quantity.RESPIRATORY_RATE, 7.0, 10.0, "Jafari et al., Pain 2017;158:995-1006: pain"),
    _row(
        Cause.DISTRESS, Quantity.SYSTOLIC, 25.0, 10.0, "Saccò et al., J Clin Hypertens 2013;15:600-605: pain"
    ),
    _row(Cause.DISTRESS, Quantity.DIASTOLIC, 12.0, 10.0, "Saccò et al. 2013, as systolic"),
)
