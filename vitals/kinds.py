"""What can be observed: one row a kind. A unit is stated here and nowhere else.

LOINC and UCUM codes follow the FHIR R4 vital-signs profile; MDC codes are those of
ISO/IEEE 11073-10101. A plausible range is what a living person wearing the device can show:
a value outside it is kept, marked implausible and never alarmed on as physiology.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationKind:
    """One row: how a quantity is named, coded, measured and bounded."""

    key: str
    display: str
    ucum: str
    unit_display: str
    plausible: tuple[float, float]
    resolution: float
    loinc: str | None
    mdc: str | None
    source: str

    def is_plausible(self, value: float) -> bool:
        """Tell whether a living wearer could show `value`, in this kind's unit."""
        low, high = self.plausible
        return low <= value <= high


_ROWS = (
    ObservationKind(
        key="heart_rate",
        display="Heart rate",
        ucum="/min",
        unit_display="/min",
        plausible=(20.0, 300.0),
        resolution=1.0,
        loinc="8867-4",
        mdc="MDC_ECG_HEART_RATE",
        source="Heart Rate Service 0x180D; range: AAMI EC13 input, widened to 20 for deep bradycardia",
    ),
    ObservationKind(
        key="rr_interval",
        display="RR interval",
        ucum="ms",
        unit_display="ms",
        plausible=(200.0, 3000.0),
        resolution=1000 / 1024,
        loinc=None,
        mdc="MDC_ECG_TIME_PD_RR_GL",
        source="Heart Rate Measurement 0x2A37, 1/1024 s; range: 300 /min down to 20 /min",
    ),
    ObservationKind(
        key="respiratory_rate",
        display="Respiratory rate",
        ucum="/min",
        unit_display="/min",
        plausible=(2.0, 80.0),
        resolution=1.0,
        loinc="9279-1",
        mdc="MDC_RESP_RATE",
        source="PLX or derived; range: monitor input 0-120 /min less what no wearer survives",
    ),
    ObservationKind(
        key="oxygen_saturation",
        display="Oxygen saturation",
        ucum="%",
        unit_display="%",
        plausible=(40.0, 100.0),
        resolution=1.0,
        loinc="59408-5",
        mdc="MDC_PULS_OXIM_SAT_O2",
        source="Pulse Oximeter Service 0x1822 (also coded 2708-6); range: ISO 80601-2-61 display range",
    ),
    ObservationKind(
        key="body_temperature",
        display="Body temperature",
        ucum="Cel",
        unit_display="°C",
        plausible=(25.0, 45.0),
        resolution=0.1,
        loinc="8310-5",
        mdc="MDC_TEMP_BODY",
        source="Health Thermometer 0x1809; range: ISO 80601-2-56, widened for hypothermia",
    ),
    ObservationKind(
        key="systolic_pressure",
        display="Systolic blood pressure",
        ucum="mm[Hg]",
        unit_display="mmHg",
        plausible=(40.0, 300.0),
        resolution=1.0,
        loinc="8480-6",
        mdc="MDC_PRESS_BLD_NONINV_SYS",
        source="Blood Pressure Service 0x1810, panel 85354-9; range: ISO 81060-2",
    ),
    ObservationKind(
        key="diastolic_pressure",
        display="Diastolic blood pressure",
        ucum="mm[Hg]",
        unit_display="mmHg",
        plausible=(20.0, 200.0),
        resolution=1.0,
        loinc="8462-4",
        mdc="MDC_PRESS_BLD_NONINV_DIA",
        source="Blood Pressure Service 0x1810, panel 85354-9; range: ISO 81060-2",
    ),
    ObservationKind(
        key="mean_pressure",
        display="Mean blood pressure",
        ucum="mm[Hg]",
        unit_display="mmHg",
        plausible=(25.0, 250.0),
        resolution=1.0,
        loinc="8478-0",
        mdc="MDC_PRESS_BLD_NONINV_MEAN",
        source="Blood Pressure Service 0x1810, panel 85354-9; range: ISO 81060-2",
    ),
    ObservationKind(
        key="glucose",
        display="Glucose",
        ucum="mg/dL",
        unit_display="mg/dL",
        plausible=(10.0, 600.0),
        resolution=1.0,
        loinc="99504-3",
        mdc="MDC_CONC_GLU_GEN",
        source="CGM Service 0x181F, Glucose Service 0x1808; range: ISO 15197 meters report LO and HI outside",
    ),
    ObservationKind(
        key="body_weight",
        display="Body weight",
        ucum="kg",
        unit_display="kg",
        plausible=(0.5, 400.0),
        resolution=0.005,
        loinc="29463-7",
        mdc="MDC_MASS_BODY_ACTUAL",
        source="Weight Scale Service 0x181D, 0.005 kg",
    ),
    ObservationKind(
        key="battery_level",
        display="Battery",
        ucum="%",
        unit_display="%",
        plausible=(0.0, 100.0),
        resolution=1.0,
        loinc=None,
        mdc="MDC_ATTR_VAL_BATT_CHARGE",
        source="Battery Service 0x180F",
    ),
    ObservationKind(
        key="ecg_quality",
        display="ECG signal quality",
        ucum="1",
        unit_display="",
        plausible=(0.0, 1.0),
        resolution=0.01,
        loinc=None,
        mdc=None,
        source="vitals.features.quality: 0 unusable, 1 clean",
    ),
    ObservationKind(
        key="ecg",
        display="Electrocardiogram",
        ucum="mV",
        unit_display="mV",
        plausible=(-10.0, 10.0),
        resolution=0.001,
        loinc="11524-6",
        mdc="MDC_ECG_ELEC_POTL",
        source="Signal streaming service; range: IEC 60601-2-47 dynamic range, doubled",
    ),
)

OBSERVATION_KINDS: Mapping[str, ObservationKind] = MappingProxyType({row.key: row for row in _ROWS})
