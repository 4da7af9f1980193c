"""What combinations are to look at, gathered until all of a slice is there."""

from dataclasses import dataclass, field

__all__ = ["Gathered"]


@dataclass(slots=True, kw_only=True)
class Gathered:
    """Samples of one kind from one device, or a condition whose alert has turned, which has no value.

    `is_telling` if any of it may make a combination hold.
    """

    of: str
    device: str = ""
    samples: list[tuple[int, float | None]] = field(default_factory=list)
    is_telling: bool = False
