"""A share with how sure it is."""

from dataclasses import dataclass
from math import sqrt
from typing import Final

__all__ = ["Share", "share_of"]

_Z: Final = 1.959964  # 95 %


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """`hits` of `total`; `low` and `high` bound the true share with 95 % confidence.

    All three are None of nothing at all.
    """

    hits: int
    total: int
    share: float | None
    low: float | None
    high: float | None


def share_of(hits: int, total: int) -> Share:
    """Return a share with its score interval (Wilson, J Am Stat Assoc 1927;22:209): sound for few, too."""
    if not total:
        return Share(hits=0, total=0, share=None, low=None, high=None)
    share, spread = hits / total, _Z**2 / total
    middle = (share + spread / 2) / (1 + spread)
    reach = _Z / (1 + spread) * sqrt(share * (1 - share) / total + spread / (4 * total))
    return Share(
        hits=hits, total=total, share=share, low=max(0.0, middle - reach), high=min(1.0, middle + reach)
    )
