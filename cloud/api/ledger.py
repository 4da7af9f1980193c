"""The ledger: signed heads, proofs, and who did what to a patient's record."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Path, Query
from pydantic import BaseModel, Field

from cloud.access.guards import Administrator, OwnVisit, SignedIn
from cloud.api.dependencies import ServicesOf
from cloud.api.problems import ProblemError
from cloud.api.routes import policed_router, problems
from cloud.api.times import iso
from cloud.ledger.desk import Proven, Shown
from cloud.services import Services
from vitals.ledger.heads import TreeHead, encode_head

router = policed_router("ledger")

MOST_ENTRIES: Final = 200
_LARGEST: Final = 2**53
_NO_ENTRY: Final = "there is no such entry: list them"

Number = Annotated[int, Path(ge=0, le=_LARGEST, description="An entry's number, from 0.")]
Limit = Annotated[int, Query(ge=1, le=MOST_ENTRIES)]
Before = Annotated[int | None, Query(ge=0, le=_LARGEST, description="Only those of lower numbers or sizes.")]


class HeadOut(BaseModel):
    """A signed head. `signed` is the head itself, as it is kept and verified; see docs/ledger.md."""

    size: int
    root: str
    time: str
    epoch: int = Field(description="Rises when a backup was declared to have been restored.")
    signed: str
    public_key: str = Field(description="Hexadecimal: pin it by another way than this one.")


class HeadsOut(BaseModel):
    """Newest first."""

    heads: list[str] = Field(description="Each as it was signed, JSON in a string.")


class ConsistencyOut(BaseModel):
    """That the ledger of `second` entries begins with that of `first` (RFC 9162, 2.1.4)."""

    first: int
    second: int
    path: list[str]


class ProofOut(BaseModel):
    """That an entry is under a signed head (RFC 9162, 2.1.3)."""

    number: int
    leaf: str
    path: list[str]
    head: str = Field(description="As it was signed.")
    public_key: str


class EntryOut(BaseModel):
    """An entry as it stands in the tree: `line` is what is hashed. It names nobody."""

    number: int
    line: str


class EntriesOut(BaseModel):
    """In order."""

    entries: list[EntryOut]


class DeedOut(BaseModel):
    """What somebody did. `line` has a hash of `salt` and `about`, which are null where they were erased."""

    number: int
    time: str
    deed: str
    by: str | None = Field(description="Display name; null: nobody who is known any more.")
    about: str | None = Field(description="JSON, as it was hashed.")
    salt: str | None
    line: str


class DeedsOut(BaseModel):
    """Newest first; `omitted`: there are older ones."""

    deeds: list[DeedOut]
    omitted: bool


class ProvenDeedOut(BaseModel):
    """A deed and the proof of it: all that is needed to check it without this service."""

    deed: DeedOut
    proof: ProofOut


class WitnessOut(BaseModel):
    """What a gateway says of the heads it was given: its word, which proves nothing by itself."""

    gateway: str
    epoch: int
    size: int
    verdict: str
    said: str


class WitnessesOut(BaseModel):
    """By gateway."""

    witnesses: list[WitnessOut]


@router.get("/api/v1/ledger/head", responses=problems(404, 503))
def head(_: SignedIn, services: ServicesOf) -> HeadOut:
    """Return the newest signed head."""
    newest = services.ledger.head()
    if newest is None:
        raise ProblemError(HTTPStatus.NOT_FOUND, "no head is signed yet: ask again in a minute")
    return _head_out(services, newest)


@router.get("/api/v1/ledger/heads", responses=problems(422, 503))
def heads(_: SignedIn, services: ServicesOf, before: Before = None, limit: Limit = 50) -> HeadsOut:
    """List signed heads."""
    return HeadsOut(heads=[encode_head(each).decode() for each in services.ledger.heads(before, limit)])


@router.get("/api/v1/ledger/consistency", responses=problems(422, 503))
def consistency(
    _: SignedIn,
    services: ServicesOf,
    first: Annotated[int, Query(ge=0, le=_LARGEST)],
    second: Annotated[int, Query(ge=0, le=_LARGEST)],
) -> ConsistencyOut:
    """Prove that the ledger only grew between two sizes."""
    try:
        path = services.ledger.consistency(first, second)
    except ValueError as error:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), errors=("first", "second")) from error
    return ConsistencyOut(first=first, second=second, path=[each.hex() for each in path])


@router.get("/api/v1/ledger/entries", responses=problems(422, 503))
def entries(
    _: Administrator,
    services: ServicesOf,
    first: Annotated[int, Query(ge=0, le=_LARGEST)] = 0,
    limit: Limit = 100,
) -> EntriesOut:
    """List entries as they stand in the tree, which names nobody."""
    found = services.ledger.entries(first, limit)
    return EntriesOut(entries=[EntryOut(number=each.number, line=each.line.decode()) for each in found])


@router.get("/api/v1/ledger/entries/{number}/proof", responses=problems(404, 422, 503))
def proof(_: SignedIn, services: ServicesOf, number: Number) -> ProofOut:
    """Prove that an entry is under a signed head."""
    return _proof_out(services, proven(services, number))


@router.get("/api/v1/ledger/witnesses", responses=problems(503))
def witnesses(_: Administrator, services: ServicesOf) -> WitnessesOut:
    """List what gateways say of the heads they were given."""
    return WitnessesOut(
        witnesses=[
            WitnessOut(
                gateway=word.gateway,
                epoch=word.epoch,
                size=word.size,
                verdict=word.verdict,
                said=iso(word.said_ms),
            )
            for word in services.ledger.words()
        ]
    )


@router.get("/api/v1/patients/{patient_id}/deeds", responses=problems(422, 503))
def deeds(visit: OwnVisit, services: ServicesOf, before: Before = None, limit: Limit = 50) -> DeedsOut:
    """List who looked at a patient's record, and what else was done to it."""
    found = services.ledger.of_patient(visit.patient.id, before, limit + 1)
    return DeedsOut(deeds=[_deed_out(services, each) for each in found[:limit]], omitted=len(found) > limit)


@router.get("/api/v1/patients/{patient_id}/deeds/{number}", responses=problems(422, 503))
def deed(visit: OwnVisit, services: ServicesOf, number: Number) -> ProvenDeedOut:
    """Return one of them with its proof."""
    found = services.ledger.of_patient_one(visit.patient.id, number)
    if found is None:
        raise ProblemError(HTTPStatus.NOT_FOUND, _NO_ENTRY)
    return proven_deed(services, found)


def proven(services: Services, number: int) -> Proven:
    """Return an entry's proof.

    Raises
    ------
    ProblemError
        If there is no such entry.
    """
    found = services.ledger.proven(number)
    if found is None:
        raise ProblemError(HTTPStatus.NOT_FOUND, _NO_ENTRY)
    return found


def proven_deed(services: Services, found: Shown) -> ProvenDeedOut:
    """Return a deed with its proof, as it is downloaded."""
    return ProvenDeedOut(
        deed=_deed_out(services, found),
        proof=_proof_out(services, proven(services, found.entry.number)),
    )


def _head_out(services: Services, found: TreeHead) -> HeadOut:
    return HeadOut(
        size=found.size,
        root=found.root,
        time=iso(found.t_ms),
        epoch=found.epoch,
        signed=encode_head(found).decode(),
        public_key=services.ledger.public_key(),
    )


def _proof_out(services: Services, found: Proven) -> ProofOut:
    return ProofOut(
        number=found.recorded.number,
        leaf=found.recorded.leaf.hex(),
        path=[each.hex() for each in found.path],
        head=encode_head(found.head).decode(),
        public_key=services.ledger.public_key(),
    )


def _deed_out(services: Services, found: Shown) -> DeedOut:
    person = None if found.actor_id is None else services.directory.person(found.actor_id)
    return DeedOut(
        number=found.entry.number,
        time=iso(found.entry.t_ms),
        deed=found.entry.deed,
        by=person.display_name if person else None,
        about=found.recorded.about,
        salt=None if found.recorded.salt is None else found.recorded.salt.hex(),
        line=found.recorded.line.decode(),
    )
