"""Who may do what to whose record: a pure decision over a picture of relations in memory.

A person is tied to a patient by what they are to them (`Basis`); a tie opens scopes for a time. What
is asked is a `Need`; the answer is a `Decision`, which says why.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cloud.ports import EVERYTHING, Basis, Limits, Person, Related, Role, Scope

__all__ = ["GLASS_SCOPES", "Decision", "Need", "Picture", "Tie", "Verdict", "decide"]

GLASS_SCOPES: Final = EVERYTHING - {Scope.GENOME}
"""What broken glass opens: what an emergency may need to know. Genes wait for a grant."""
_EVERY_ROLE: Final = frozenset(Role)
_EVERY_BASIS: Final = frozenset(Basis)


class Verdict(StrEnum):
    """The answer, and why. All but `ALLOWED` and `NO_RELATION` are told to who has a relation."""

    ALLOWED = "allowed"
    NO_RELATION = "no-relation"
    NOT_IN_SCOPE = "not-in-scope"
    NOT_BY_SUCH_A_RELATION = "not-by-such-a-relation"
    NOT_IN_SUCH_A_ROLE = "not-in-such-a-role"
    READ_ONLY = "read-only"
    NOT_BY_A_PROGRAM = "not-by-a-program"


@dataclass(frozen=True, slots=True)
class Tie:
    """What one relation opens to a person, from <= t < until; None: without an end."""

    basis: Basis
    scopes: frozenset[Scope]
    from_ms: int
    until_ms: int | None

    def holds(self, now_ms: int) -> bool:
        """Tell whether it is in force."""
        return self.from_ms <= now_ms and (self.until_ms is None or now_ms < self.until_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What an act asks for: all these scopes, by a relation of these sorts, in one of these roles.

    What is done `in_person` no program does for anybody, whatever its token.
    """

    scopes: frozenset[Scope] = frozenset()
    bases: frozenset[Basis] = _EVERY_BASIS
    roles: frozenset[Role] = _EVERY_ROLE
    changes: bool = False
    in_person: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether, why, and what of the patient is open."""

    verdict: Verdict
    scopes: frozenset[Scope]
    bases: frozenset[Basis]

    @property
    def is_allowed(self) -> bool:
        """Whether it may be done."""
        return self.verdict is Verdict.ALLOWED


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Every tie, by person and patient, of one epoch."""

    epoch: int
    people: Mapping[str, Person]
    ties: Mapping[str, Mapping[str, tuple[Tie, ...]]]
    tied_to: Mapping[str, tuple[Person, ...]]

    @classmethod
    def of(cls, related: Related) -> "Picture":
        """Draw the picture of what a store holds."""
        people = {one.id: one for one in related.people}
        ties: defaultdict[str, defaultdict[str, list[Tie]]] = defaultdict(lambda: defaultdict(list))
        tied_to: defaultdict[str, set[str]] = defaultdict(set)
        for person_id, patient_id, tie in _ties(related):
            if person_id in people:
                ties[person_id][patient_id].append(tie)
                tied_to[patient_id].add(person_id)
        return cls(
            epoch=related.epoch,
            people=people,
            ties={
                person: {of: tuple(some) for of, some in theirs.items()} for person, theirs in ties.items()
            },
            tied_to={of: tuple(people[one] for one in sorted(some)) for of, some in tied_to.items()},
        )

    def in_force(self, person_id: str, patient_id: str, now_ms: int) -> list[Tie]:
        """Return what ties a person to a patient now."""
        return [tie for tie in self.ties.get(person_id, _NONE).get(patient_id, ()) if tie.holds(now_ms)]

    def decide(
        self, person_id: str, patient_id: str, need: Need, now_ms: int, limits: Limits | None = None
    ) -> Decision:
        """Decide whether a person, or a token of theirs with limits, may do what needs this of a patient."""
        person = self.people.get(person_id)
        is_meant = limits is None or limits.patient_id in {None, patient_id}
        ties = self.in_force(person_id, patient_id, now_ms) if is_meant else []
        return decide(ties, None if person is None else person.role, need, limits)

    def patients_tied_to(self, person_id: str) -> Collection[str]:
        """Return every patient to whom something ties a person, now or later."""
        return self.ties.get(person_id, _NONE).keys()

    def people_tied_to(self, patient_id: str) -> Sequence[Person]:
        """Return everyone whom something ties to a patient, now or later, by id."""
        return self.tied_to.get(patient_id, ())


def decide(ties: Sequence[Tie], role: Role | None, need: Need, limits: Limits | None = None) -> Decision:
    """Decide by the ties in force between a person of this role and a patient."""
    scopes = frozenset[Scope]().union(*(tie.scopes for tie in ties))
    if limits is not None:
        scopes &= limits.scopes
    bases = frozenset(tie.basis for tie in ties)
    return Decision(_verdict(ties, scopes, role, need, limits), scopes, bases)


def _verdict(
    ties: Sequence[Tie], scopes: frozenset[Scope], role: Role | None, need: Need, limits: Limits | None
) -> Verdict:
    if not scopes:
        return Verdict.NO_RELATION
    if not need.scopes <= scopes:
        return Verdict.NOT_IN_SCOPE
    fitting = frozenset[Scope]().union(*(tie.scopes for tie in ties if tie.basis in need.bases))
    if not need.scopes <= fitting or not fitting:
        return Verdict.NOT_BY_SUCH_A_RELATION
    if role not in need.roles:
        return Verdict.NOT_IN_SUCH_A_ROLE
    return Verdict.ALLOWED if limits is None else _verdict_of_program(need, limits)


def _verdict_of_program(need: Need, limits: Limits) -> Verdict:
    if need.in_person:
        return Verdict.NOT_BY_A_PROGRAM
    return Verdict.READ_ONLY if need.changes and limits.read_only else Verdict.ALLOWED


_NONE: Final[Mapping[str, tuple[Tie, ...]]] = {}
_Tied = tuple[str, str, Tie]
"""A person's id, a patient's id, and what ties them."""


def _ties(related: Related) -> Iterator[_Tied]:
    for person in related.people:
        if person.patient_id is not None:
            yield person.id, person.patient_id, Tie(Basis.SELF, EVERYTHING, _EVER_MS, None)
    for proxy in related.proxies:
        if proxy.revoked_ms is None:
            yield (
                proxy.person_id,
                proxy.patient_id,
                Tie(Basis.PROXY, EVERYTHING, proxy.from_ms, proxy.until_ms),
            )
    clinicians = {one.id for one in related.people if one.role is Role.CLINICIAN}
    for broken in related.broken:
        if broken.person_id not in clinicians:
            continue
        yield (
            broken.person_id,
            broken.patient_id,
            Tie(Basis.GLASS, GLASS_SCOPES, broken.from_ms, broken.until_ms),
        )
    yield from _granted(related)


_EVER_MS: Final = -(2**62)


def _granted(related: Related) -> Iterator[_Tied]:
    members: defaultdict[str, list[tuple[str, int, int | None]]] = defaultdict(list)
    for one in related.memberships:
        members[one.team_id].append((one.person_id, one.from_ms, one.until_ms))
    for grant in related.grants:
        if grant.revoked_ms is not None:
            continue
        if grant.person_id is not None:
            yield (
                grant.person_id,
                grant.patient_id,
                Tie(Basis.GRANT, grant.scopes, grant.from_ms, grant.until_ms),
            )
        for person_id, from_ms, until_ms in members[grant.team_id] if grant.team_id else ():
            both = Tie(
                Basis.TEAM, grant.scopes, max(from_ms, grant.from_ms), _earlier(until_ms, grant.until_ms)
            )
            yield person_id, grant.patient_id, both


def _earlier(one_ms: int | None, other_ms: int | None) -> int | None:
    ends: Iterable[int] = [end for end in (one_ms, other_ms) if end is not None]
    return min(ends, default=None)
