"""Who wears what, over the database that knows it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cloud.bootstrap.gateways import standings_over
from cloud.config import load_settings
from cloud.ports import UnboundKeeper
from cloud.storage.relational.opening import Relational, open_relational
from cloud.wearing.adoption import AdoptionDesk
from cloud.wearing.desk import WearingDesk
from vitals.clock import Clock

__all__ = ["adoptions_over", "wearing_desk", "wearing_over"]


def wearing_over(relational: Relational, clock: Clock) -> WearingDesk:
    """Return where it is said who wears what."""
    return WearingDesk(
        book=relational.directory,
        ledger=relational.ledger,
        together=relational.database.together,
        clock=clock,
    )


def adoptions_over(relational: Relational, unbound: UnboundKeeper, clock: Clock) -> AdoptionDesk:
    """Return where what is nobody's is given to its wearers."""
    return AdoptionDesk(
        book=relational.directory,
        unbound=unbound,
        standing=standings_over(relational),
        ledger=relational.ledger,
        clock=clock,
    )


@contextmanager
def wearing_desk(config: Path | None) -> Iterator[WearingDesk]:
    """Open the database that the settings name, for as long as somebody says who wears what."""
    settings = load_settings(config)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    relational = open_relational(settings.database_url, keys=settings.key_place())
    try:
        yield wearing_over(relational, settings.clock.clock())
    finally:
        relational.close()
