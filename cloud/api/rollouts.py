"""Roll-outs, for administrators: signed releases given out in stages, and how far each gateway is."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Path
from pydantic import Base64Bytes, BaseModel, Field

from cloud.access.guards import Administrator
from cloud.access.proof import RecentlyProved
from cloud.api.dependencies import ServicesOf
from cloud.api.problems import ProblemError
from cloud.api.routes import policed_router, problems
from cloud.api.times import iso
from cloud.ports import (
    GatewayProgress,
    Progress,
    Rollout,
    RolloutPlan,
    RolloutRefusedError,
    RolloutState,
    Stage,
)
from vitals.release import MAX_DOCUMENT_BYTES, SignedRelease
from vitals.wire.topics import GATEWAY_ID

__all__ = ["ARTEFACTS_PATH", "ROLLOUTS_PATH", "router"]

router = policed_router("roll-outs")

ROLLOUTS_PATH: Final = "/api/v1/rollouts"
ARTEFACTS_PATH: Final = "/api/v1/rollouts/artefacts"
MOST_SHOWN: Final = 50
_HEX_KEY: Final = r"^[0-9a-f]{64}$"

RolloutId = Annotated[str, Path(pattern=r"^[0-9a-z-]{1,64}$")]


class ReleaseIn(BaseModel):
    """A release as `carewire cloud rollout sign` wrote it."""

    document: str = Field(max_length=MAX_DOCUMENT_BYTES, description="The text that was signed.")
    key: str = Field(pattern=_HEX_KEY, description="By whom: a public key in hexadecimal.")
    signature: str = Field(max_length=88, description="Ed25519, in Base64.")


class RolloutIn(BaseModel):
    """What is to be given out, and how carefully."""

    release: ReleaseIn
    first: str = Field(pattern=f"^{GATEWAY_ID.pattern}$", description="The gateway that tries it alone.")
    share_percent: int = Field(default=10, ge=1, le=100)
    healthy_s: int = Field(default=3_600, ge=0, le=30 * 86_400)
    most_failures: int = Field(default=2, ge=1, le=1_000)
    automatic: bool = Field(default=True, description="Whether it goes on by itself to the next stage.")


class AdvanceIn(BaseModel):
    """The stage that whoever asks has seen: nobody skips one by asking twice."""

    from_stage: Stage


class ProgressOut(BaseModel):
    """How far one gateway has got, and what it says."""

    gateway: str
    progress: Progress
    reason: str
    changed: str


class RolloutOut(BaseModel):
    """One roll-out."""

    id: str
    line: str = Field(description="What its versions are numbered within, such as `model beats`.")
    version: int
    target: str
    state: RolloutState
    stage: Stage
    stage_since: str
    reason: str = Field(description="Why it stands still, if it does.")
    begun: str
    begun_by: str
    expires: str
    first: str
    share_percent: int
    healthy_s: int
    most_failures: int
    automatic: bool


class RolloutsOut(BaseModel):
    """The newest first."""

    rollouts: list[RolloutOut]


class RolloutStatusOut(BaseModel):
    """One roll-out, with every gateway that was asked so far."""

    rollout: RolloutOut
    gateways: list[ProgressOut]


class ArtefactIn(BaseModel):
    """A model's bundle as `carewire cloud rollout sign` wrote it."""

    bundle: Base64Bytes = Field(description="In Base64.")


class ArtefactOut(BaseModel):
    """A model's bundle, kept for a roll-out to come."""

    sha256: str
    size: int


@router.get(ROLLOUTS_PATH, responses=problems(503))
def rollouts(_: Administrator, services: ServicesOf) -> RolloutsOut:
    """List what was given out to gateways."""
    found = services.rollouts.book.rollouts(MOST_SHOWN)
    return RolloutsOut(rollouts=[_rollout_out(each) for each in found])


@router.post(ROLLOUTS_PATH, responses=problems(400, 409, 413, 503))
def begin(viewer: Administrator, _: RecentlyProved, services: ServicesOf, body: RolloutIn) -> RolloutOut:
    """Begin to give out a signed release, in stages."""
    signed = SignedRelease(
        document=body.release.document, key=body.release.key, signature=body.release.signature
    )
    plan = RolloutPlan(
        first=body.first,
        share_percent=body.share_percent,
        healthy_s=body.healthy_s,
        most_failures=body.most_failures,
        automatic=body.automatic,
    )
    return _changed(lambda: services.rollouts.begin(signed, plan, by=viewer.person.id))


@router.post(ARTEFACTS_PATH, responses=problems(400, 409, 413, 503))
def keep_artefact(
    _: Administrator, __: RecentlyProved, services: ServicesOf, body: ArtefactIn
) -> ArtefactOut:
    """Keep a model's bundle, before the roll-out that is of it."""
    try:
        return ArtefactOut(sha256=services.rollouts.keep_artefact(body.bundle), size=len(body.bundle))
    except RolloutRefusedError as error:
        raise ProblemError(HTTPStatus.CONFLICT, str(error)) from error


@router.get(f"{ROLLOUTS_PATH}/{{rollout_id}}", responses=problems(404, 503))
def status(_: Administrator, services: ServicesOf, rollout_id: RolloutId) -> RolloutStatusOut:
    """Tell how far each gateway has got with one, and why not."""
    try:
        rollout, gateways = services.rollouts.status(rollout_id)
    except RolloutRefusedError as error:
        raise ProblemError(HTTPStatus.NOT_FOUND, str(error)) from error
    return RolloutStatusOut(
        rollout=_rollout_out(rollout), gateways=[_progress_out(each) for each in gateways]
    )


@router.post(f"{ROLLOUTS_PATH}/{{rollout_id}}/advance", responses=problems(400, 409, 413, 503))
def advance(
    viewer: Administrator, _: RecentlyProved, services: ServicesOf, rollout_id: RolloutId, body: AdvanceIn
) -> RolloutOut:
    """Go on to the next stage without waiting."""
    return _changed(
        lambda: services.rollouts.advance(rollout_id, from_stage=body.from_stage, by=viewer.person.id)
    )


@router.post(f"{ROLLOUTS_PATH}/{{rollout_id}}/pause", responses=problems(409, 503))
def pause(
    viewer: Administrator, _: RecentlyProved, services: ServicesOf, rollout_id: RolloutId
) -> RolloutOut:
    """Ask no further gateway until it is resumed."""
    return _changed(lambda: services.rollouts.pause(rollout_id, by=viewer.person.id))


@router.post(f"{ROLLOUTS_PATH}/{{rollout_id}}/resume", responses=problems(409, 503))
def resume(
    viewer: Administrator, _: RecentlyProved, services: ServicesOf, rollout_id: RolloutId
) -> RolloutOut:
    """Go on where it was paused."""
    return _changed(lambda: services.rollouts.resume(rollout_id, by=viewer.person.id))


@router.post(f"{ROLLOUTS_PATH}/{{rollout_id}}/stop", responses=problems(409, 503))
def stop(viewer: Administrator, _: RecentlyProved, services: ServicesOf, rollout_id: RolloutId) -> RolloutOut:
    """Give it to nobody more, for good."""
    return _changed(lambda: services.rollouts.stop(rollout_id, by=viewer.person.id))


def _changed(change: Callable[[], Rollout]) -> RolloutOut:
    try:
        return _rollout_out(change())
    except RolloutRefusedError as error:
        raise ProblemError(HTTPStatus.CONFLICT, str(error)) from error


def _rollout_out(one: Rollout) -> RolloutOut:
    return RolloutOut(
        id=one.id,
        line=one.line,
        version=one.version,
        target=one.target,
        state=one.state,
        stage=one.stage,
        stage_since=iso(one.stage_since_ms),
        reason=one.reason,
        begun=iso(one.begun_ms),
        begun_by=one.begun_by,
        expires=iso(one.expires_ms),
        first=one.plan.first,
        share_percent=one.plan.share_percent,
        healthy_s=one.plan.healthy_s,
        most_failures=one.plan.most_failures,
        automatic=one.plan.automatic,
    )


def _progress_out(one: GatewayProgress) -> ProgressOut:
    return ProgressOut(
        gateway=one.gateway, progress=one.progress, reason=one.reason, changed=iso(one.changed_ms)
    )
