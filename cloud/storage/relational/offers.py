"""Links by which patients open their record: hashes of their secrets, and what each opens."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import insert, select, update

from cloud.ports import GrantOffer
from cloud.storage.relational.database import Database
from cloud.storage.relational.relations import scopes_of, scopes_text
from cloud.storage.relational.tables import grant_offer

__all__ = ["RelationalOffers"]

_OFFER: Final = grant_offer.c


class RelationalOffers:
    """The OfferBook port on a relational database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_offer(self, offer: GrantOffer) -> None:
        """Write an offer down."""
        with self._database.write() as connection:
            connection.execute(
                insert(grant_offer).values(asdict(offer) | {"scopes": scopes_text(offer.scopes)})
            )

    def offer(self, token_hash: bytes) -> GrantOffer | None:
        """Return the offer of a link, or None."""
        with self._database.read() as connection:
            row = (
                connection.execute(select(grant_offer).where(_OFFER.token_hash == token_hash))
                .mappings()
                .one_or_none()
            )
        return _offer(row) if row else None

    def take_offer(self, offer: GrantOffer, at_ms: int) -> bool:
        """Use an offer up, or take it back; False: it was used or taken back before."""
        open_ = update(grant_offer).where(_OFFER.id == offer.id, _OFFER.taken_ms.is_(None))
        with self._database.write() as connection:
            return connection.execute(open_.values(taken_ms=at_ms)).rowcount > 0

    def offers_of(self, patient_id: str) -> Sequence[GrantOffer]:
        """Return a patient's offers, the newest first."""
        theirs = (
            select(grant_offer)
            .where(_OFFER.patient_id == patient_id)
            .order_by(_OFFER.made_ms.desc(), _OFFER.id)
        )
        with self._database.read() as connection:
            return [_offer(row) for row in connection.execute(theirs).mappings()]


def _offer(row: Mapping[Any, Any]) -> GrantOffer:
    return GrantOffer(**{**row, "token_hash": bytes(row["token_hash"]), "scopes": scopes_of(row["scopes"])})
