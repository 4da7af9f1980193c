"""What the pulse rate from light is for, and where it must not be trusted."""

from typing import Final

from models.evaluation import About

__all__ = ["ABOUT"]

ABOUT: Final = About(
    purpose="""Pulse rate from light through the skin of the wrist, also while the wearer moves: 8 s of PPG
and three axes of acceleration every 2 s. Signal processing with eleven fitted weights, causal, without an
artefact. It says how probable it is that its rate is right to 5 a minute, and tells none below 0.85.""",
    limits="""Not a medical device. Fitted on twelve people of 18 to 35 on a treadmill: other skin, age,
arrhythmia, cold hands and work of the arms alone are not in the data. A rate is a mean over 8 s: irregular
beats do not show, and a pause may not. A movement as regular as a pulse and close to its rate, to twice or to
half of it can pass for it. Without acceleration nothing is told, unless somebody vouches that the wearer
rests: a runner's stride passed for the pulse in four windows of ten.""",
)
