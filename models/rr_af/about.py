"""What the model of RR intervals is for, and where it must not be trusted."""

from typing import Final

from models.evaluation import About

__all__ = ["ABOUT"]

ABOUT: Final = About(
    purpose="""Tells atrial fibrillation from other rhythms by RR intervals alone, for wearables that send
no ECG. It judges one interval by some 240 before it and 77 after it, so a verdict is about a minute old.""",
    limits="""Not a medical device and no diagnosis: it orders what a person should look at, and an ECG has
the last word. Intervals do not show P waves: very frequent irregular ectopic beats and flutter with changing
conduction look like fibrillation, and fibrillation with a regular ventricular rhythm (fast, paced, or with a
slow regular escape rhythm) looks like none. Episodes of less than about half a minute are mostly missed. Few
patients taught it long rows; the intervals over patients say how little their number bears.""",
    label_names={"AF": "atrial fibrillation", "other": "any other rhythm, flutter among them"},
)
