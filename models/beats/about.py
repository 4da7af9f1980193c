"""What the beat model is for, and where it must not be trusted."""

from typing import Final

from models.evaluation import About

__all__ = ["ABOUT"]

ABOUT: Final = About(
    purpose="""Tells normal from supraventricular, ventricular and fusion beats on one lead, each beat against
the patient's own, so that runs of ventricular beats are noticed and ectopic beats are counted.""",
    limits="""Not a medical device and no diagnosis: it orders what a person should look at. Trained on the
half hours of a few patients, most of them elderly and ill. Paced hearts were left out. In atrial fibrillation
early beats of the atria cannot be told; a bundle branch block that comes and goes looks ventricular; fusion
beats are mostly one patient's. The first beats of a wearer are judged before his own are known.""",
    label_names={"N": "normal", "S": "supraventricular", "V": "ventricular", "F": "fusion"},
)
