"""What the deterioration model tells apart."""

from typing import Final

__all__ = ["DIED", "LABELS"]

LABELS: Final = ("survived", "died")
DIED: Final = LABELS[1]
