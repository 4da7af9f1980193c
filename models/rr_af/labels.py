"""What the model tells apart, in the order of its outputs."""

from typing import Final

__all__ = ["AF", "LABELS"]

LABELS: Final = ("other", "AF")
AF: Final = LABELS.index("AF")
