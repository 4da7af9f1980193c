"""The words people read: plain, short and calm; what was seen, what to do; never a name of an illness.

`{value}`, `{limit}`, `{unit}`, `{kind}`, `{hold}` and `{reason}` are filled in by `explanation`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from vitals.records import GapReason

__all__ = ["FEATURE_WORDS", "PROTOTYPE_WORDS", "REASON_WORDS", "WORDS", "FeatureWords", "Words"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One row: what a condition says to everybody, and its advice to each."""

    summary: str
    patient: str
    caregiver: str
    clinician: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureWords:
    """One row: a model's feature in plain words."""

    name: str
    says: str


WORDS: Final[Mapping[str, Words]] = MappingProxyType(
    {
        "tachycardia": Words(
            summary="The heart rate is {value} a minute. It has stayed at {limit} or more for {hold}.",
            patient="Your heart is beating fast. Sit down and rest. "
            "If your chest hurts, you feel faint or you cannot breathe well, call for help now.",
            caregiver="The heart is beating fast. Ask how they feel and let them rest. "
            "If there is chest pain, fainting or hard breathing, call for help now.",
            clinician="Sustained rate of {value} /min against a limit of {limit} /min for {hold}. "
            "Consider activity, fever and pain; review the rhythm strip.",
        ),
        "bradycardia": Words(
            summary="The heart rate is {value} a minute. It has stayed at {limit} or less for {hold}.",
            patient="Your heart is beating slowly. Sit or lie down. "
            "If you feel faint, weak or unwell, call for help now.",
            caregiver="The heart is beating slowly. Check on them now. "
            "If they are faint, pale or hard to wake, call for help at once.",
            clinician="Sustained rate of {value} /min against a limit of {limit} /min for {hold}. "
            "Check responsiveness, blood pressure and rate-slowing medication; review the rhythm strip.",
        ),
        "atrial-fibrillation": Words(
            summary="The heartbeat is uneven. The time from beat to beat changes more than usual.",
            patient="Your heartbeat looks uneven. Sit down and rest. Your care team can look at it. "
            "If your chest hurts, you feel faint or your speech or face changes, call for help now.",
            caregiver="The heartbeat looks uneven. Ask how they feel and tell the care team. "
            "If there is chest pain, fainting, or a change in speech or face, call for help now.",
            clinician="The rhythm model flags possible atrial fibrillation. Confirm on the rhythm strip; "
            "consider rate, symptoms, stroke risk and earlier episodes.",
        ),
        "ventricular-fibrillation": Words(
            summary="The heart signal shows waves and no beats. The heart may not be pumping.",
            patient="If you can read this, sit down and call for help now.",
            caregiver="Go to them now. If they do not wake up, call for help at once, "
            "press hard and fast on the chest, and send for an AED.",
            clinician="Waveform measures of ventricular flutter or fibrillation in 4 of 5 windows of 4 s. "
            "Measured on few recordings: confirm at once on the strip and at the patient.",
        ),
        "asystole": Words(
            summary="No heartbeat has been seen for four seconds or more, and the sensor seems to sit well.",
            patient="If you can read this, check that the sensor sits well. "
            "If you feel faint, call for help now.",
            caregiver="Go to them now. If they do not wake up, call for help at once "
            "and press hard and fast on the chest. If they are well, check the sensor.",
            clinician="No QRS for at least 4 s with a quiet signal in contact. "
            "Check responsiveness first; then the electrodes and the strip.",
        ),
        "ventricular-tachycardia": Words(
            summary="There was a run of fast heartbeats of an unusual shape.",
            patient="Your heart had a run of fast beats. Sit or lie down. "
            "If you feel faint, or your chest hurts, call for help now.",
            caregiver="The heart had a run of fast beats. Check on them now. "
            "If they are faint, pale or hard to wake, call for help at once.",
            clinician="Five or more consecutive beats classed as ventricular at over 100 /min. "
            "Confirm on the strip; consider electrolytes, ischaemia and drugs.",
        ),
        "pause": Words(
            summary="The heart paused for three seconds or more, then went on.",
            patient="Your heart took a pause. Sit or lie down. If you felt faint, tell your care team today.",
            caregiver="The heart took a pause. Ask how they feel. "
            "If they fainted or are hard to wake, call for help at once.",
            clinician="RR interval of 3 s or more with a quiet signal in between. "
            "Confirm on the strip; relate to symptoms and to rate-slowing medication.",
        ),
        "extreme-bradycardia": Words(
            summary="The heart beats very slowly: less than 40 times a minute.",
            patient="Your heart is beating very slowly. Sit or lie down. "
            "If you feel faint, weak or unwell, call for help now.",
            caregiver="The heart is beating very slowly. Check on them now. "
            "If they are faint, pale or hard to wake, call for help at once.",
            clinician="Mean rate of the last five beats below 40 /min by the ECG, nothing between the beats. "
            "Check responsiveness, blood pressure and rate-slowing medication.",
        ),
        "extreme-tachycardia": Words(
            summary="The heart beats very fast: 150 times a minute or more, for half a minute.",
            patient="Your heart is beating very fast. Sit down and rest. "
            "If your chest hurts, you feel faint or you cannot breathe well, call for help now.",
            caregiver="The heart is beating very fast. Ask how they feel and let them rest. "
            "If there is chest pain, fainting or hard breathing, call for help now.",
            clinician="Rate of 150 /min or more by the ECG for 27 of 30 s. "
            "Consider activity, fever and pain; review the rhythm strip.",
        ),
        "fall": Words(
            summary="There was a hard blow, as in a fall. Somebody should look.",
            patient="It looks as if you fell. If you are hurt, do not get up: call for help now. "
            "If all is well, get up slowly and tell somebody.",
            caregiver="It looks like a fall. Call or go there now. "
            "If they are hurt, confused or do not answer, call for help at once.",
            clinician="The gateway takes a blow for a fall; see how hard, and what the posture was after it. "
            "Check for injury and for the cause: rhythm, blood pressure, medication.",
        ),
        "long-lie": Words(
            summary="Nobody seems to have got up since the fall.",
            patient="You seem to be still on the floor. Keep warm, and keep still if something hurts. "
            "If you can reach a phone, call for help now.",
            caregiver="They seem to lie on the floor still. Go there now. "
            "If you cannot be there soon, call for help at once.",
            clinician="No walking and no upright posture since the fall. A long lie threatens pressure "
            "injury, hypothermia and rhabdomyolysis: send somebody.",
        ),
        "oxygen-very-low": Words(
            summary="The oxygen level is {value} percent. It has stayed at {limit} or less for {hold}.",
            patient="Your oxygen is very low. Sit up and keep still. "
            "If it is hard to breathe or you feel faint, call for help now.",
            caregiver="The oxygen is very low. Check on them now and help them to sit up. "
            "If they cannot breathe well or are hard to wake, call for help at once.",
            clinician="SpO2 of {value} % against a limit of {limit} % for {hold}. "
            "Check the probe's place and perfusion, breathing and oxygen supply.",
        ),
        "glucose-very-low": Words(
            summary="The blood sugar is {value}. It has stayed at {limit} or less for {hold}.",
            patient="Your sugar is very low. Eat or drink some sugar now, then test again. "
            "If you feel faint or mixed up, call for help.",
            caregiver="The sugar is very low. Check on them now. Give sugar if they can swallow. "
            "If they are hard to wake, give nothing by mouth and call for help at once.",
            clinician="Interstitial glucose of {value} mg/dL against a limit of {limit} mg/dL for {hold}. "
            "Confirm with a finger stick; review insulin and intake.",
        ),
        "glucose-below-range": Words(
            summary="The blood sugar is too low for the sensor or meter to give a number.",
            patient="Your sugar may be very low. Eat or drink some sugar now, then test again. "
            "If you feel faint or mixed up, call for help.",
            caregiver="The sugar may be very low. Check on them now. Give sugar if they can swallow. "
            "If they are hard to wake, give nothing by mouth and call for help at once.",
            clinician="Glucose below the measuring range of the device; no number exists. "
            "Treat as below 54 mg/dL until a finger stick says otherwise.",
        ),
        "glucose-above-range": Words(
            summary="The blood sugar is too high for the sensor or meter to give a number.",
            patient="Your sugar may be very high. Wash your hands and test again. "
            "If you throw up, breathe fast or feel very weak, call for help now.",
            caregiver="The sugar may be very high. Ask how they feel and help them to test again. "
            "If they throw up, breathe fast or are hard to wake, call for help at once.",
            clinician="Glucose above the measuring range of the device; no number exists. "
            "Confirm; check ketones and fluids.",
        ),
        "own-above": Words(
            summary="{kind} is {value} {unit}. The limit set for this person is {limit} {unit}. "
            "It has been at that or above for as long as was set.",
            patient="A value is above the limit that your care team set for you. "
            "Do what they told you to do.",
            caregiver="A value is above the limit that the care team set for them. "
            "Ask how they feel and do what was agreed.",
            clinician="{kind} at {value} {unit} against an individual upper limit of {limit} {unit}, "
            "held for {hold}.",
        ),
        "own-below": Words(
            summary="{kind} is {value} {unit}. The limit set for this person is {limit} {unit}. "
            "It has been at that or below for as long as was set.",
            patient="A value is below the limit that your care team set for you. "
            "Do what they told you to do.",
            caregiver="A value is below the limit that the care team set for them. "
            "Ask how they feel and do what was agreed.",
            clinician="{kind} at {value} {unit} against an individual lower limit of {limit} {unit}, "
            "held for {hold}.",
        ),
        "signal-poor": Words(
            summary="The heart signal has been unclear for {hold}, so the heart is not being watched well.",
            patient="Please make the strap a bit tighter and wet its pads.",
            caregiver="Please check that the strap sits well and its pads are wet.",
            clinician="Signal quality {value}, limit {limit}; no rhythm or rate is judged until it clears.",
        ),
        "sensor-off": Words(
            summary="The sensor has not been worn for {hold}, so the heart is not being watched.",
            patient="Please put the sensor back on when you can.",
            caregiver="Please help to put the sensor back on. Until then nothing can be seen.",
            clinician="No skin contact for {hold}; no physiological alarms until it is worn again.",
        ),
        "device-out-of-reach": Words(
            summary="The sensor has been out of reach for {hold}.",
            patient="Please go nearer to the home box, or bring the box nearer to you.",
            caregiver="Please check that the sensor and the home box are in the same room and switched on.",
            clinician="Bluetooth link down for {hold}; data follow only if the wearable keeps them.",
        ),
        "battery-low": Words(
            summary="The sensor's battery is at {value} %.",
            patient="Please charge the sensor or change its battery today.",
            caregiver="Please charge the sensor or change its battery today.",
            clinician="Battery {value} % (limit {limit} %); monitoring may stop.",
        ),
        "battery-low-told": Words(
            summary="The device says that its battery is low.",
            patient="Please charge the device or change its battery today.",
            caregiver="Please charge the device or change its battery today.",
            clinician="Battery low by the device's own word; monitoring may stop.",
        ),
        "sensor-faulty": Words(
            summary="The sensor says that it does not work well. It has said so for {hold}.",
            patient="Please look at the sensor. Put it on again, or use a new one.",
            caregiver="Please help to put the sensor on again, or to use a new one. "
            "Do not trust its readings.",
            clinician="The device reports a fault of its own or of its sensor; rely on none of its values.",
        ),
        "sensor-stopped": Words(
            summary="The sugar sensor has stopped, so the sugar is not being watched.",
            patient="Please start the sensor again or put on a new one. Until then test by finger.",
            caregiver="Please help to start the sensor again or put on a new one.",
            clinician="CGM session stopped; there is no glucose data until another is started.",
        ),
        "calibration-due": Words(
            summary="The sugar sensor needs a finger test to set it right.",
            patient="Please do a finger test and enter it as the sensor's guide says.",
            caregiver="Please help with a finger test. Until then the readings may be off.",
            clinician="CGM calibration required; values are judged, with less trust.",
        ),
        "device-clock-wrong": Words(
            summary="The clock of a device is wrong, so the times of its readings may be off.",
            patient="Please set the date and time of the device.",
            caregiver="Please set the date and time of the device, as its guide says.",
            clinician="The device's own clock is not believable; its stored readings are placed as well as "
            "the home gateway can, and what the device said is kept beside them.",
        ),
        "gateway-silent": Words(
            summary="Nothing has come from the home box for {hold}. New readings may be late.",
            patient="Please check that the home box has power and internet. Readings are sent later.",
            caregiver="Please check that the home box has power and internet. Readings are sent later.",
            clinician="Gateway not heard for {hold}; readings it keeps will arrive late and marked so.",
        ),
        "device-silent": Words(
            summary="No readings have come from the sensor for {hold}, and it is not known why.",
            patient="Please check that the sensor is on and worn.",
            caregiver="Please check that the sensor is on and worn. If it is, switch it off and on again.",
            clinician="No data for {hold} without a stated cause; do not take the silence as normal.",
        ),
        "gap": Words(
            summary="About {value} minutes of readings are missing: {reason}.",
            patient="You need not do anything. Some readings were not kept.",
            caregiver="Nothing to do now. If it happens again, tell whoever looks after the home box.",
            clinician="{value} min of data do not exist ({reason}); treat the stretch as unknown.",
        ),
        "clock-wrong": Words(
            summary="The clock of the home box is wrong, so some readings cannot be checked.",
            patient="Please tell whoever looks after the home box.",
            caregiver="Please check that the home box is on the internet; it then sets its clock by itself.",
            clinician="Times from the gateway are not believable; limits are not judged until they are.",
        ),
        "unknown-event": Words(
            summary="The home box found something this system has no words for yet.",
            patient="Your care team can look at it.",
            caregiver="Please ask the care team to look at it.",
            clinician="The gateway reported {reason}, for which the service has no rule; review the data and "
            "update the service.",
        ),
        "evaluation-failed": Words(
            summary="Some readings are stored, but this system could not check them.",
            patient="Your care team can look at them.",
            caregiver="Please ask whoever looks after the system to look at it.",
            clinician="A batch was stored but not evaluated for alarms; review that stretch by hand.",
        ),
    }
)

REASON_WORDS: Final[Mapping[GapReason, str]] = MappingProxyType(
    {
        GapReason.LINK_LOST: "the sensor was out of reach",
        GapReason.LINK_SILENT: "the sensor went quiet",
        GapReason.FRAMES_MISSED: "the radio link lost them",
        GapReason.FRAME_UNREADABLE: "they could not be read",
        GapReason.SENSOR_OFF: "the sensor was not worn",
        GapReason.NOT_MEASURED: "the sensor had no value to give",
        GapReason.OUTBOX_FULL: "the home box was full",
        GapReason.OUTBOX_DAMAGED: "the store of the home box was damaged",
        GapReason.OVERSIZE: "one record was too big to send",
        GapReason.GATEWAY_DOWN: "the home box was off",
    }
)

FEATURE_WORDS: Final[Mapping[str, FeatureWords]] = MappingProxyType(
    {
        "mean_heart_rate": FeatureWords(name="Heart rate", says="How often the heart beats in a minute."),
        "shortest_rr": FeatureWords(name="Shortest time between beats", says="The closest two beats."),
        "longest_rr": FeatureWords(name="Longest time between beats", says="The two beats most apart."),
        "rmssd": FeatureWords(
            name="Change from beat to beat", says="How much the time between beats changes each time."
        ),
        "rr_coefficient_of_variation": FeatureWords(
            name="Spread of the time between beats", says="0 means every beat comes on time."
        ),
        "successive_differences_over_50_ms_share": FeatureWords(
            name="Share of big changes", says="How many beats came clearly early or late: 1 means all."
        ),
        "rr_sample_entropy": FeatureWords(
            name="How hard the next beat is to guess", says="More means less of a pattern."
        ),
        "p_wave_to_qrs_share": FeatureWords(
            name="Size of the small wave before each beat", says="An even heartbeat shows a small wave first."
        ),
        "p_wave_consistency": FeatureWords(
            name="Sameness of the small wave before each beat", says="1 means it looks the same each time."
        ),
        "beats_unlike_the_median_share": FeatureWords(
            name="Share of beats with another shape", says="0 means all beats look alike."
        ),
        "qrs_width": FeatureWords(name="Width of a beat", says="How long the main spike of a beat lasts."),
        "prematurity": FeatureWords(
            name="How early the beat came", says="0 means on time; more means earlier."
        ),
        "compensatory_pause": FeatureWords(
            name="Rest after the beat", says="How much longer than usual the heart then waited."
        ),
        "usual_qrs_width": FeatureWords(name="Usual width of a beat", says="As this heart mostly beats."),
        "likeness_to_usual": FeatureWords(
            name="Likeness to the usual beat", says="1 means just as this heart mostly beats."
        ),
        "p_wave_share": FeatureWords(
            name="Small wave before the beat", says="1 means as usual, 0 means there was none."
        ),
        "run_beats": FeatureWords(name="Beats in the run", says="How many came in a row."),
        "run_rate": FeatureWords(name="Speed of the run", says="How often it beat in a minute."),
        "steepest_in_silence_share": FeatureWords(
            name="Movement in the silence", says="0 means none; a missed beat would be near 1."
        ),
        "wave_leakage": FeatureWords(
            name="Unlikeness to a plain wave", says="Near 0 means waves; near 1 means beats."
        ),
        "time_far_from_zero_share": FeatureWords(
            name="Time spent away from rest", says="Beats are short and rest long; waves do not rest."
        ),
        "wave_rate": FeatureWords(name="Speed of the waves", says="How often they come in a minute."),
        "wave_height": FeatureWords(name="Height of the waves", says=""),
        "peak_acceleration": FeatureWords(name="Hardness of the blow", says="Standing still is 1 g."),
        "least_acceleration": FeatureWords(
            name="Lightness before the blow", says="Falling freely would be 0 g."
        ),
        "free_fall": FeatureWords(name="Time falling", says="How long there was little weight."),
        "posture_change": FeatureWords(
            name="Change of posture", says="From standing to lying is about 90 degrees."
        ),
        "stillness_after": FeatureWords(
            name="Stillness after the blow", says="How much of the two seconds from one second on."
        ),
        "movement_before": FeatureWords(name="Movement before the blow", says="Walking is about 0.2 g."),
        "movement_after": FeatureWords(name="Movement after the blow", says="Lying still is near 0 g."),
        "time_since_fall": FeatureWords(name="Time since the fall", says="Nobody was seen to get up."),
        "beats": FeatureWords(name="Beats looked at", says="More beats make a surer answer."),
        "window": FeatureWords(name="Time looked at", says="How many seconds the answer stands on."),
    }
)

PROTOTYPE_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "N": "usual beat",
        "S": "early beat from above",
        "V": "beat from a ventricle",
        "F": "mix of a usual beat and one from a ventricle",
        "A": "uneven heartbeat",
        "O": "another rhythm",
        "~": "too much noise",
    }
)
"""What people labelled a beat or a rhythm as; others are shown as they are."""
