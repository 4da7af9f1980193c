"""The garbage collector, told what this service is like.

A commit of single observations makes a hundred thousand small objects that live for a tenth of a second, none
in a cycle. Looking through them every 700 allocations, as Python does unless told otherwise, takes as long
as storing them.
"""

import gc
from typing import Final

__all__ = ["settle_collector"]

_YOUNG: Final = 50_000
"""Objects between two looks at the young: a cycle may live for a few more commits."""


def settle_collector() -> None:
    """Leave alone what is here to stay, and look at what is new more rarely; for once all is wired."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, *gc.get_threshold()[1:])
