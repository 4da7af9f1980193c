"""What the fall model is for, and where it must not be trusted."""

from typing import Final

from models.evaluation import About

__all__ = ["ABOUT"]

ABOUT: Final = About(
    purpose="""Tells a fall from any other blow to the body, three seconds after it, so that somebody looks
after the wearer. It does not matter how the sensor sits.""",
    limits="""Not a medical device. Trained on falls that young volunteers acted onto a mat, with a sensor at
the waist, and on nobody's real one; those over 60 only lived their day. Real falls are softer, longer and
more often followed by movement: expect fewer to be found than here. Other sensors and other places on the
body were imitated, not recorded. The recordings hold hours of other movement, not weeks, and were meant to
provoke: the bound on false alarms says what they can show. A fall without a blow, as down a wall, does not
pass the gate.""",
    label_names={"other": "any other blow", "fall": "a fall"},
)
