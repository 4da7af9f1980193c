"""Glucose in the two units the world counts it in: mass and amount of substance."""

from typing import Final

__all__ = ["GLUCOSE_G_PER_MOL", "mmol_per_l"]

GLUCOSE_G_PER_MOL: Final = 180.156
"""PubChem CID 5793; 6 x 12.011 + 12 x 1.008 + 6 x 15.999 by the IUPAC's abridged atomic weights (2021)."""
_MG_PER_DL_IN_MMOL_PER_L: Final = GLUCOSE_G_PER_MOL / 10


def mmol_per_l(mg_per_dl: float) -> float:
    """Return a concentration, or a change of one, in mmol/L."""
    return mg_per_dl / _MG_PER_DL_IN_MMOL_PER_L
