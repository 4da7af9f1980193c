"""Two people and eight wearables: what a gateway has to cope with in a home, for tests, soaks and figures."""

from collections.abc import Sequence
from typing import Final

from carewire.accounting.account import account_for
from carewire.accounting.reconcile import Verdict
from carewire.layout import Layout, Resident
from carewire.observer import Observer
from edge.config import device_id

__all__ = ["HOUSEHOLD", "verdicts"]

HOUSEHOLD: Final = (
    Resident(
        id="robin",
        name="Robin Hale",
        scenario="resting",
        wearables=("chest-strap", "finger-oximeter", "ear-thermometer", "blood-pressure-cuff"),
    ),
    Resident(
        id="sam",
        name="Sam Okoro",
        scenario="exercise",
        wearables=("cgm-sensor", "wrist-band", "fall-pendant", "body-scale"),
    ),
)


_IN_FLIGHT_S: Final = 3.0


def verdicts(layout: Layout, observer: Observer, *, late_s: float = 2.0) -> Sequence[Verdict]:
    """Account for every sample of everybody's wearables, but what may have been on its way at the end.

    `late_s` is how late, in real seconds, a notification may have been heard.

    Raises
    ------
    ServiceUnreachableError
        The service does not answer.
    ValueError
        The simulator keeps no book.
    """
    if layout.book is None:
        raise ValueError("nobody wrote down what was measured: give the layout a book")
    owners = {device_id(address): resident.id for resident, address, _ in layout.devices()}
    return account_for(
        layout.book,
        observer.ask,
        owners,
        late_ms=1000 * late_s * layout.speed,
        in_flight_ms=1000 * _IN_FLIGHT_S * layout.speed,
    )
