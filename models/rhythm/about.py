"""What the rhythm model is for, and where it must not be trusted."""

from typing import Final

from models.evaluation import About

__all__ = ["ABOUT"]

ABOUT: Final = About(
    purpose="Classifies 30 s of a single-lead ECG, so that a person looks at the right minute of it.",
    limits="""Not a medical device and no diagnosis: it orders what a person should look at. Trained on one
hand-held lead of adults at rest; exercise, children, pacemakers and atrial flutter were hardly seen. A short
run of AF inside a window may be missed, and frequent ectopic beats can look like it. It sees only what is
measured of beats that were found: where the beats are not found, nor is the rhythm. The intervals are over
records of one set, whose labels are themselves in doubt for some records of each class.""",
    label_names={"N": "normal", "A": "atrial fibrillation", "O": "other rhythm", "~": "too noisy"},
)
