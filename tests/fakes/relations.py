"""The ports of relations in memory: reader, grants, offers, teams, proxies and glass."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from cloud.ports import (
    EVERYTHING,
    OPERATOR,
    GlassBreak,
    Grant,
    GrantOffer,
    Membership,
    Person,
    Proxy,
    Related,
    Role,
    Scope,
    Team,
)

_ids = itertools.count()


def a_grant(
    person_id: str | None,
    patient_id: str,
    from_ms: int = 0,
    until_ms: int | None = None,
    *,
    scopes: frozenset[Scope] = EVERYTHING,
    team_id: str | None = None,
) -> Grant:
    """Return a grant as the operator would give it."""
    return Grant(
        id=f"grant-{next(_ids)}",
        patient_id=patient_id,
        person_id=person_id,
        team_id=team_id,
        scopes=scopes,
        from_ms=from_ms,
        until_ms=until_ms,
        given_by=OPERATOR,
        given_ms=from_ms,
    )


@dataclass(slots=True)
class FakeRelations:
    people: dict[str, Person] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    memberships: dict[str, Membership] = field(default_factory=dict)
    proxies: dict[str, Proxy] = field(default_factory=dict)
    glass: dict[str, GlassBreak] = field(default_factory=dict)
    offers: dict[str, GrantOffer] = field(default_factory=dict)
    known_teams: dict[str, Team] = field(default_factory=dict)
    _epochs: Iterator[int] = field(default_factory=itertools.count)

    def epoch(self) -> int:
        return next(self._epochs)

    def related(self, now_ms: int) -> Related:
        del now_ms
        return Related(
            epoch=next(self._epochs),
            people=tuple(self.people.values()),
            grants=tuple(self.grants.values()),
            memberships=tuple(self.memberships.values()),
            proxies=tuple(self.proxies.values()),
            broken=tuple(self.glass.values()),
        )

    def give(self, grant: Grant) -> None:
        self.grants[grant.id] = grant

    def revoke(self, grant: Grant, at_ms: int, by: str) -> bool:
        kept = self.grants[grant.id]
        if kept.revoked_ms is not None:
            return False
        self.grants[grant.id] = replace(kept, revoked_ms=at_ms, revoked_by=by)
        return True

    def grants_of(self, patient_id: str) -> Sequence[Grant]:
        return [one for one in self.grants.values() if one.patient_id == patient_id][::-1]

    def add_offer(self, offer: GrantOffer) -> None:
        self.offers[offer.id] = offer

    def offer(self, token_hash: bytes) -> GrantOffer | None:
        return next((one for one in self.offers.values() if one.token_hash == token_hash), None)

    def take_offer(self, offer: GrantOffer, at_ms: int) -> bool:
        if self.offers[offer.id].taken_ms is not None:
            return False
        self.offers[offer.id] = replace(offer, taken_ms=at_ms)
        return True

    def offers_of(self, patient_id: str) -> Sequence[GrantOffer]:
        return [one for one in self.offers.values() if one.patient_id == patient_id][::-1]

    def add_team(self, team: Team) -> None:
        self.known_teams[team.id] = team

    def end_team(self, team: Team, at_ms: int, by: str) -> bool:
        if self.known_teams[team.id].ended_ms is not None:
            return False
        self.known_teams[team.id] = replace(team, ended_ms=at_ms, ended_by=by)
        return True

    def teams(self) -> Sequence[Team]:
        going_on = (one for one in self.known_teams.values() if one.ended_ms is None)
        return sorted(going_on, key=lambda one: (one.name, one.id))

    def team(self, team_id: str) -> Team | None:
        return self.known_teams.get(team_id)

    def add_member(self, membership: Membership) -> None:
        self.memberships[membership.id] = membership

    def end_membership(self, membership: Membership, at_ms: int, by: str) -> bool:
        kept = self.memberships[membership.id]
        if kept.until_ms is not None and kept.until_ms <= at_ms:
            return False
        self.memberships[membership.id] = replace(kept, until_ms=at_ms, removed_by=by)
        return True

    def members_of(self, team_id: str) -> Sequence[Membership]:
        return [one for one in self.memberships.values() if one.team_id == team_id][::-1]

    def patients_of(self, team_id: str, now_ms: int) -> Sequence[str]:
        standing = (
            one
            for one in self.grants.values()
            if one.team_id == team_id
            and one.revoked_ms is None
            and (one.until_ms is None or one.until_ms > now_ms)
        )
        return sorted({one.patient_id for one in standing})

    def add_proxy(self, added: Proxy) -> None:
        self.proxies[added.id] = added

    def end_proxy(self, ended: Proxy, at_ms: int, by: str) -> bool:
        if self.proxies[ended.id].revoked_ms is not None:
            return False
        self.proxies[ended.id] = replace(ended, revoked_ms=at_ms, revoked_by=by)
        return True

    def proxies_of(self, patient_id: str) -> Sequence[Proxy]:
        return [one for one in self.proxies.values() if one.patient_id == patient_id][::-1]

    def add_break(self, broken: GlassBreak) -> None:
        self.glass[broken.id] = broken

    def end_break(self, broken: GlassBreak, at_ms: int) -> bool:
        if self.glass[broken.id].until_ms <= at_ms:
            return False
        self.glass[broken.id] = replace(broken, until_ms=at_ms)
        return True

    def review(self, broken: GlassBreak, at_ms: int, by: str, *, for_owner: bool = False) -> bool:
        kept = self.glass[broken.id]
        if (kept.owner_reviewed_ms if for_owner else kept.reviewed_ms) is not None:
            return False
        self.glass[broken.id] = (
            replace(kept, owner_reviewed_ms=at_ms, owner_reviewed_by=by)
            if for_owner
            else replace(kept, reviewed_ms=at_ms, reviewed_by=by)
        )
        return True

    def broken(self, break_id: str) -> GlassBreak | None:
        return self.glass.get(break_id)

    def breaks_of(self, patient_id: str) -> Sequence[GlassBreak]:
        return [one for one in self.glass.values() if one.patient_id == patient_id][::-1]

    def breaks_by(self, person_id: str, since_ms: int) -> Sequence[GlassBreak]:
        return [one for one in self.glass.values() if one.person_id == person_id and one.until_ms > since_ms][
            ::-1
        ]

    def breaks(self, limit: int) -> Sequence[GlassBreak]:
        newest = sorted(self.glass.values(), key=lambda one: one.from_ms, reverse=True)
        return sorted(newest, key=lambda one: one.reviewed_ms is not None)[:limit]


def add_some(relations: FakeRelations, now_ms: int) -> None:
    """Put in a team with a member, a grant, an offer and broken glass of Wei, by who matters nowhere."""
    person = Person(id="u-else", display_name="Els", role=Role.CLINICIAN)
    relations.people[person.id] = person
    relations.known_teams["night"] = Team(id="night", name="Night", made_by="u-admin", made_ms=0)
    relations.memberships["member"] = Membership(
        id="member", team_id="night", person_id=person.id, from_ms=0, added_by="u-admin"
    )
    relations.grants["grant-of-wei"] = replace(a_grant(person.id, "p-wei"), id="grant-of-wei")
    relations.offers["offer-of-wei"] = GrantOffer(
        id="offer-of-wei",
        token_hash=bytes(32),
        patient_id="p-wei",
        scopes=EVERYTHING,
        until_ms=None,
        made_by="u-wei",
        made_ms=0,
        expires_ms=10**13,
    )
    relations.glass["broken"] = GlassBreak(
        id="broken",
        patient_id="p-wei",
        person_id=person.id,
        reason="found unconscious",
        from_ms=now_ms - 2,
        until_ms=now_ms - 1,
    )
