"""How people come to see patients: grants, care teams, proxies, broken glass; and what is asked of whom."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from cloud.ports.people import Person, Scope

__all__ = [
    "EVERYTHING",
    "Basis",
    "GlassBook",
    "GlassBreak",
    "Grant",
    "GrantBook",
    "GrantOffer",
    "Guardianship",
    "Membership",
    "OfferBook",
    "Permissions",
    "Proxy",
    "ProxyBook",
    "Related",
    "RelationReader",
    "Team",
    "TeamBook",
]

EVERYTHING: Final = frozenset(Scope)


class Basis(StrEnum):
    """Why somebody may see a patient at all."""

    SELF = "self"
    PROXY = "proxy"
    GRANT = "grant"
    TEAM = "team"
    GLASS = "glass"


class Guardianship(StrEnum):
    """Why somebody acts in a patient's place."""

    PARENT = "parent"
    GUARDIAN = "guardian"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a patient opened to one person or one care team, from <= t < until; None: until taken back.

    `given_by` is who gave it: the patient, a proxy, or `OPERATOR`. One taken back is kept, and opens nothing.
    """

    id: str
    patient_id: str
    scopes: frozenset[Scope]
    from_ms: int
    given_by: str
    given_ms: int
    person_id: str | None = None
    team_id: str | None = None
    until_ms: int | None = None
    revoked_ms: int | None = None
    revoked_by: str | None = None

    def is_in_force(self, now_ms: int) -> bool:
        """Tell whether it opens anything now."""
        is_over = self.until_ms is not None and self.until_ms <= now_ms
        return self.revoked_ms is None and self.from_ms <= now_ms and not is_over


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """People who look after patients together. Patients grant to it; administrators say who is in it.

    One that was ended is kept for what it once could see; nobody joins it, and nothing is granted to it.
    """

    id: str
    name: str
    made_by: str
    made_ms: int
    ended_ms: int | None = None
    ended_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """Somebody in a care team from <= t < until; None: still."""

    id: str
    team_id: str
    person_id: str
    from_ms: int
    added_by: str
    until_ms: int | None = None
    removed_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """Somebody who acts in a patient's place from <= t < until, such as a child's 18th birthday."""

    id: str
    patient_id: str
    person_id: str
    kind: Guardianship
    from_ms: int
    made_by: str
    until_ms: int | None = None
    revoked_ms: int | None = None
    revoked_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GlassBreak:
    """A clinician who looked without a grant, with a reason, from <= t < until; and who has reviewed it.

    The house and the patient each review it: neither's word stands in for the other's.
    """

    id: str
    patient_id: str
    person_id: str
    reason: str
    from_ms: int
    until_ms: int
    reviewed_ms: int | None = None
    reviewed_by: str | None = None
    owner_reviewed_ms: int | None = None
    owner_reviewed_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Everything that opens something to anybody, as it was at `epoch` or later."""

    epoch: int
    people: Sequence[Person] = ()
    grants: Sequence[Grant] = ()
    memberships: Sequence[Membership] = ()
    proxies: Sequence[Proxy] = ()
    broken: Sequence[GlassBreak] = ()


class RelationReader(Protocol):
    """Where relations are kept. Every change of any of them, or of a person, raises the epoch."""

    def epoch(self) -> int: ...
    def related(self, now_ms: int) -> Related:
        """Return what is in force now or will be, without what was taken back or is over."""
        ...


class GrantBook(Protocol):
    """Where what patients opened is written down, and stays."""

    def give(self, grant: Grant) -> None:
        """Write a grant down.

        Raises
        ------
        StorageError
            If there is no such patient, person or team.
        """
        ...

    def revoke(self, grant: Grant, at_ms: int, by: str) -> bool:
        """Take a grant back; False: it was taken back before."""
        ...

    def grants_of(self, patient_id: str) -> Sequence[Grant]:
        """Return every grant that opens or opened something of a patient, newest first."""
        ...


class Permissions(Protocol):
    """The one place that says who may see what.

    Raises
    ------
    StorageError
        From each, if who may see what cannot be known: then nobody may.
    """

    def may_see(self, person: Person, patient_id: str, scope: Scope, now_ms: int) -> bool: ...
    def people_who_may_see(self, patient_id: str, scope: Scope, now_ms: int) -> Sequence[Person]:
        """Return everyone for whom `may_see` holds now, by id, without those who broke the glass."""
        ...

    def people_who_may_see_each(
        self, patient_ids: Collection[str], scope: Scope, now_ms: int
    ) -> Mapping[str, Sequence[Person]]:
        """Return them for each of these patients."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantOffer:
    """What a patient opens to whoever brings the link's secret first; kept by its SHA-256 alone.

    `until_ms` is when what it opens ends, `expires_ms` when it can be taken up no more.
    """

    id: str
    token_hash: bytes
    patient_id: str
    scopes: frozenset[Scope]
    until_ms: int | None
    made_by: str
    made_ms: int
    expires_ms: int
    taken_ms: int | None = None


class OfferBook(Protocol):
    """Links by which patients open their record to whom they hand them."""

    def add_offer(self, offer: GrantOffer) -> None: ...
    def offer(self, token_hash: bytes) -> GrantOffer | None: ...
    def take_offer(self, offer: GrantOffer, at_ms: int) -> bool:
        """Use an offer up, or take it back; False: it was used or taken back before."""
        ...

    def offers_of(self, patient_id: str) -> Sequence[GrantOffer]:
        """Return a patient's offers, the newest first."""
        ...


class TeamBook(Protocol):
    """Care teams, and who is in them and was."""

    def add_team(self, team: Team) -> None: ...
    def end_team(self, team: Team, at_ms: int, by: str) -> bool:
        """Have nobody join a team any more; False: it was ended before."""
        ...

    def teams(self) -> Sequence[Team]:
        """Return every team that was not ended, by name."""
        ...

    def team(self, team_id: str) -> Team | None: ...
    def add_member(self, membership: Membership) -> None: ...
    def end_membership(self, membership: Membership, at_ms: int, by: str) -> bool:
        """Take somebody out of a team; False: they were out of it before."""
        ...

    def members_of(self, team_id: str) -> Sequence[Membership]:
        """Return who is in a team or ever was, the newest first."""
        ...

    def patients_of(self, team_id: str, now_ms: int) -> Sequence[str]:
        """Return whose record is open to a team now or will be, by id."""
        ...


class ProxyBook(Protocol):
    """Who acts in a patient's place, and did."""

    def add_proxy(self, added: Proxy) -> None: ...
    def end_proxy(self, ended: Proxy, at_ms: int, by: str) -> bool:
        """Have somebody act in a patient's place no more; False: they did not before."""
        ...

    def proxies_of(self, patient_id: str) -> Sequence[Proxy]:
        """Return who acts in a patient's place or ever did, the newest first."""
        ...


class GlassBook(Protocol):
    """Every time somebody looked without a grant."""

    def add_break(self, broken: GlassBreak) -> None: ...
    def end_break(self, broken: GlassBreak, at_ms: int) -> bool:
        """Have it end sooner; False: it is over."""
        ...

    def review(self, broken: GlassBreak, at_ms: int, by: str, *, for_owner: bool = False) -> bool:
        """Note that somebody looked into it, for the house or the patient; False: one of theirs has."""
        ...

    def broken(self, break_id: str) -> GlassBreak | None: ...
    def breaks_of(self, patient_id: str) -> Sequence[GlassBreak]:
        """Return every time somebody broke the glass of a patient, the newest first."""
        ...

    def breaks_by(self, person_id: str, since_ms: int) -> Sequence[GlassBreak]:
        """Return what somebody broke that was not over by a time, the newest first."""
        ...

    def breaks(self, limit: int) -> Sequence[GlassBreak]:
        """Return what was broken, those nobody has reviewed first, then the newest first."""
        ...
