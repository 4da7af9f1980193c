"""What the deterioration model is for, and where it must not be trusted."""

from typing import Final

from models.evaluation import About

__all__ = ["ABOUT"]

ABOUT: Final = About(
    purpose="""Says of how many in a hundred people in intensive care with such vital signs over two days died
in hospital: a common scale for "how ill does this look", next to NEWS2 and never instead of it. Inputs are
heart rate, respiratory rate, oxygen saturation, temperature, blood pressure, age, and where somebody charts
them consciousness and inspired oxygen: no laboratory values, no diagnosis, and not how often anything was
measured. The network is a sum of one part a quantity; what a quantity adds to the log-odds is what an
explanation shows.""",
    limits="""Not a medical device and no diagnosis. Trained on one American hospital's adults in intensive
care (2001-2008), whose vital signs nurses charted about hourly: somebody at home is not one of them, and the
probability is no risk of theirs. It ranks; it does not predict. Without consciousness and oxygen, as at home,
it ranks less well (`auroc_home`, `auroc_worn`). Children, pregnancy and palliative care were not looked at.
Respiratory rate was charted in a quarter of the stays, saturation in under half. The AUROC of the rule is of
the reading which is best on the very stays judged, which favours the rule.""",
    label_names={"survived": "left hospital alive", "died": "died in hospital"},
)
