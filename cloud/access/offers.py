"""Opening a record to somebody without asking who is known here: a link, good once, for whoever is handed it.

Nobody is looked up, so nobody can be found out: a link is the same for who has an account and who has none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cloud.access.errors import NotOpenError
from cloud.access.sharing import Sharing
from cloud.access.tokens import Randomness, new_token, token_hash
from cloud.ports import Grant, GrantOffer, OfferBook, Scope
from vitals.errors import ValidationError

__all__ = ["MOST_OFFERS", "OFFER_LIFE_MS", "Offers"]

OFFER_LIFE_MS: Final = 3 * 86_400_000
MOST_OFFERS: Final = 20
"""How many links of a patient may wait to be taken up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """Links to grants, over the grants themselves."""

    book: OfferBook
    sharing: Sharing
    randomness: Randomness

    def make(self, patient_id: str, scopes: frozenset[Scope], until_ms: int | None, by: str) -> str:
        """Return the secret of a new link that opens these scopes of a patient to whoever takes it up.

        Raises
        ------
        ValidationError
            If it opens nothing, is over already, or too many wait.
        """
        now_ms = self.sharing.clock.wall_ms()
        if not scopes:
            raise ValidationError("a link opens something: choose at least one part of the record")
        if until_ms is not None and until_ms <= now_ms:
            raise ValidationError("what a link opens ends later than now: give a later end, or none")
        if len(self.waiting(patient_id)) >= MOST_OFFERS:
            raise ValidationError("{most} links wait to be taken up: take some back first", most=MOST_OFFERS)
        token = new_token(self.randomness)
        self.book.add_offer(
            GrantOffer(
                id=self.sharing.new_id(),
                token_hash=token_hash(token),
                patient_id=patient_id,
                scopes=scopes,
                until_ms=until_ms,
                made_by=by,
                made_ms=now_ms,
                expires_ms=now_ms + OFFER_LIFE_MS,
            )
        )
        return token

    def found(self, token: str) -> GrantOffer | None:
        """Return what a link offers; None if it is no good, or no longer."""
        now_ms, offer = self.sharing.clock.wall_ms(), self.book.offer(token_hash(token))
        return offer if offer is not None and _waits(offer, now_ms) else None

    def take_up(self, token: str, person_id: str) -> Grant | None:
        """Open to a person what a link offers, once; None if it is no good, or no longer.

        It opens what whoever made it could open: an offer outlives no right of its maker's. Nor does its
        maker: who acts in a patient's place until a day gives themselves nothing that lasts beyond it.

        Raises
        ------
        NotOpenError
            If it is their own; the link stays good.
        """
        offer = self.found(token)
        if offer is None:
            return None
        if offer.made_by == person_id:
            raise NotOpenError("you made this link yourself: hand it to whoever shall see the record")
        now_ms = self.sharing.clock.wall_ms()
        if not self.sharing.may_share(offer.made_by, offer.patient_id):
            return None
        with self.sharing.together():
            if not self.book.take_offer(offer, now_ms):
                return None
            grant = self.sharing.give(
                offer.patient_id,
                person_id=person_id,
                scopes=offer.scopes,
                until_ms=offer.until_ms,
                by=offer.made_by,
            )
        self.sharing.gatekeeper.refresh()
        return grant

    def take_back(self, patient_id: str, offer_id: str) -> bool:
        """Make a link that waits worthless; False if there is none such."""
        for offer in self.waiting(patient_id):
            if offer.id == offer_id:
                return self.book.take_offer(offer, self.sharing.clock.wall_ms())
        return False

    def waiting(self, patient_id: str) -> Sequence[GrantOffer]:
        """Return the links of a patient that can still be taken up, the newest first."""
        now_ms = self.sharing.clock.wall_ms()
        return [one for one in self.book.offers_of(patient_id) if _waits(one, now_ms)]


def _waits(offer: GrantOffer, now_ms: int) -> bool:
    is_over = offer.until_ms is not None and offer.until_ms <= now_ms
    return offer.taken_ms is None and now_ms < offer.expires_ms and not is_over
