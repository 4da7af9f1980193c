"""The administrator's pages of roll-outs: what runs where, what is given out, begun, widened and stopped."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated, Final, TypeVar

import msgspec
from fastapi import Path, Query
from starlette.responses import RedirectResponse, Response

from cloud.access.guards import Administrator
from cloud.access.proof import RecentlyProved, is_proved
from cloud.api.dependencies import ServicesOf
from cloud.api.problems import ProblemError
from cloud.api.routes import policed_router
from cloud.ports import (
    FAILED,
    GatewayProgress,
    Progress,
    Rollout,
    RolloutPlan,
    RolloutRefusedError,
    RolloutState,
    RunningVersion,
    Stage,
)
from cloud.rollouts.desk import RolloutDesk
from cloud.services import Services
from cloud.web.forms import Form
from cloud.web.rendering import render
from cloud.web.words import N_, Sentence
from vitals.release import EVERY_GATEWAY, SignedRelease

__all__ = ["router"]

_T = TypeVar("_T")

router = policed_router("rollout-pages", documented=False)

PATH: Final = "/admin/rollouts"
MOST_SHOWN: Final = 50
_ALL_PERCENT: Final = 100
_MOST_DIGITS: Final = 3

RolloutId = Annotated[str, Path(pattern=r"^[0-9a-z-]{1,64}$")]
DeedName = Annotated[str, Path(pattern="^(widen|pause|resume|stop)$")]

STATES: Final = MappingProxyType(
    {
        RolloutState.RUNNING: Sentence(message=N_("Going on")),
        RolloutState.PAUSED: Sentence(message=N_("Paused")),
        RolloutState.STOPPED: Sentence(message=N_("Stopped")),
        RolloutState.FINISHED: Sentence(message=N_("Given to all")),
    }
)
STAGES: Final = MappingProxyType(
    {
        Stage.ONE: Sentence(message=N_("one gateway")),
        Stage.SHARE: Sentence(message=N_("a share of all")),
        Stage.ALL: Sentence(message=N_("all gateways")),
    }
)
PROGRESS: Final = MappingProxyType(
    {
        Progress.WAITING: Sentence(message=N_("Waits for its turn")),
        Progress.FETCHING: Sentence(message=N_("Is being sent it")),
        Progress.ASKED: Sentence(message=N_("Tries it")),
        Progress.APPLIED: Sentence(message=N_("Has it")),
        Progress.REFUSED: Sentence(message=N_("Refused it")),
        Progress.ROLLED_BACK: Sentence(message=N_("Tried it and went back")),
        Progress.SILENT: Sentence(message=N_("Does not answer")),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Deed:
    """What can be done to a roll-out: from which states, what is asked before, and who does it."""

    words: str
    asks: str
    states: frozenset[RolloutState]
    act: Callable[[RolloutDesk, Rollout, str], Rollout]


DEEDS: Final[Mapping[str, _Deed]] = MappingProxyType(
    {
        "widen": _Deed(
            words=N_("Give it to more"),
            asks=N_(
                "It goes on to the next stage now, without waiting until all that have it have been well."
            ),
            states=frozenset({RolloutState.RUNNING}),
            act=lambda desk, seen, by: desk.advance(seen.id, from_stage=seen.stage, by=by),
        ),
        "pause": _Deed(
            words=N_("Pause"),
            asks=N_("No further gateway is asked until it goes on. Those that have it keep it."),
            states=frozenset({RolloutState.RUNNING}),
            act=lambda desk, seen, by: desk.pause(seen.id, by=by),
        ),
        "resume": _Deed(
            words=N_("Go on"),
            asks=N_("It goes on in the stage where it was paused, whose time begins anew."),
            states=frozenset({RolloutState.PAUSED}),
            act=lambda desk, seen, by: desk.resume(seen.id, by=by),
        ),
        "stop": _Deed(
            words=N_("Stop"),
            asks=N_(
                "It is given to nobody more, for good. Those that have it keep it: to take it back, "
                "sign what was before as a higher version."
            ),
            states=frozenset({RolloutState.RUNNING, RolloutState.PAUSED, RolloutState.FINISHED}),
            act=lambda desk, seen, by: desk.stop(seen.id, by=by),
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutRow:
    """One roll-out in the list: `have` of `asked` gateways run it, at `failed` it did not go well."""

    rollout: Rollout
    state: Sentence
    stage: Sentence
    asked: int
    have: int
    failed: tuple[str, ...]


@router.get(PATH)
def rollouts_page(
    viewer: Administrator, services: ServicesOf, first: Annotated[str, Query(max_length=40)] = ""
) -> Response:
    """Show what runs where, what was given out, and how to begin, at the gateway `first` if it is named."""
    rows = [_row(services, each) for each in services.rollouts.book.rollouts(MOST_SHOWN)]
    return render(
        "rollouts.html",
        viewer=viewer,
        rows=rows,
        failed=sum(1 for row in rows if row.failed),
        going=sum(1 for row in rows if row.rollout.state is RolloutState.RUNNING),
        running=_by_line(services.running.running()),
        gateways=sorted(services.gateways.heard_gateways()),
        first=first,
        has_keys=bool(services.rollouts.release_keys),
        is_proved=is_proved(viewer, services.clock.wall_ms()),
        now_ms=services.clock.wall_ms(),
    )


@router.post(f"{PATH}/review")
def review(viewer: Administrator, services: ServicesOf, form: Form) -> Response:
    """Say what would be given out, and to whom first; nothing is, yet."""
    signed = _signed(form)
    release = _refused_as_problem(lambda: services.rollouts.look_at(signed))
    return render(
        "rollout_review.html",
        viewer=viewer,
        release=release,
        is_for_all=release.target == EVERY_GATEWAY,
        fields=_fields(form),
    )


@router.post(PATH)
def begin(viewer: Administrator, _: RecentlyProved, services: ServicesOf, form: Form) -> Response:
    """Begin to give out a signed release, in stages."""
    signed, plan = _signed(form), _plan(form)
    begun = _refused_as_problem(lambda: services.rollouts.begin(signed, plan, by=viewer.person.id))
    return RedirectResponse(f"{PATH}/{begun.id}", status_code=303)


@router.get(f"{PATH}/{{rollout_id}}")
def rollout_page(rollout_id: RolloutId, viewer: Administrator, services: ServicesOf) -> Response:
    """Show how far each gateway has got with one, since when, and why not."""
    rollout, progress = _status(services, rollout_id)
    return render(
        "rollout.html",
        viewer=viewer,
        row=_row(services, rollout),
        progress=[(each, PROGRESS[each.progress], each.progress in FAILED) for each in progress],
        deeds=[
            (name, Sentence(message=deed.words))
            for name, deed in DEEDS.items()
            if rollout.state in deed.states
        ],
        now_ms=services.clock.wall_ms(),
    )


@router.get(f"{PATH}/{{rollout_id}}/{{deed}}")
def deed_page(rollout_id: RolloutId, deed: DeedName, viewer: Administrator, services: ServicesOf) -> Response:
    """Ask once more, and say what it does."""
    rollout, _ = _status(services, rollout_id)
    return render(
        "rollout_deed.html",
        viewer=viewer,
        rollout=rollout,
        stage=STAGES[rollout.stage],
        deed=deed,
        words=Sentence(message=DEEDS[deed].words),
        asks=Sentence(message=DEEDS[deed].asks),
    )


@router.post(f"{PATH}/{{rollout_id}}/{{deed}}")
def do(
    rollout_id: RolloutId,
    deed: DeedName,
    viewer: Administrator,
    _: RecentlyProved,
    services: ServicesOf,
    form: Form,
) -> Response:
    """Do it, if the roll-out is still in the stage that whoever asks has seen."""
    rollout, _progress = _status(services, rollout_id)
    if form.get("stage", str(rollout.stage)) != str(rollout.stage):
        raise ProblemError(HTTPStatus.CONFLICT, "it went on to another stage meanwhile: look again")
    _refused_as_problem(lambda: DEEDS[deed].act(services.rollouts, rollout, viewer.person.id))
    return RedirectResponse(f"{PATH}/{rollout_id}", status_code=303)


def _status(services: Services, rollout_id: str) -> tuple[Rollout, tuple[GatewayProgress, ...]]:
    try:
        return services.rollouts.status(rollout_id)
    except RolloutRefusedError as error:
        raise ProblemError(HTTPStatus.NOT_FOUND, str(error)) from error


def _row(services: Services, rollout: Rollout) -> RolloutRow:
    progress = services.rollouts.book.progress_of(rollout.id).values()
    return RolloutRow(
        rollout=rollout,
        state=STATES[rollout.state],
        stage=STAGES[rollout.stage],
        asked=len(progress),
        have=sum(1 for each in progress if each.progress is Progress.APPLIED),
        failed=tuple(sorted(each.gateway for each in progress if each.progress in FAILED)),
    )


def _by_line(running: Sequence[RunningVersion]) -> Sequence[tuple[str, str, Sequence[RunningVersion]]]:
    """Return, by line and version, the gateways that run it."""
    found: defaultdict[tuple[str, str], list[RunningVersion]] = defaultdict(list)
    for each in running:
        found[each.line, each.version].append(each)
    return [(line, version, found[line, version]) for line, version in sorted(found)]


def _signed(form: Mapping[str, str]) -> SignedRelease:
    try:
        return msgspec.json.decode(form.get("release", ""), type=SignedRelease)
    except (msgspec.MsgspecError, RecursionError):
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "that is no signed release: paste the whole file that `carewire cloud rollout sign` wrote",
        ) from None


def _plan(form: Mapping[str, str]) -> RolloutPlan:
    share = form.get("share", "10")
    if not share.isdecimal() or len(share) > _MOST_DIGITS or not 1 <= int(share) <= _ALL_PERCENT:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "the share is a number from 1 to 100")
    return RolloutPlan(
        first=form.get("first", ""), share_percent=int(share), automatic=form.get("automatic") == "on"
    )


def _fields(form: Mapping[str, str]) -> Mapping[str, str]:
    plan = _plan(form)
    return {
        "release": form["release"],
        "first": plan.first,
        "share": str(plan.share_percent),
        **({"automatic": "on"} if plan.automatic else {}),
    }


def _refused_as_problem(work: Callable[[], _T]) -> _T:
    try:
        return work()
    except RolloutRefusedError as error:
        raise ProblemError(HTTPStatus.CONFLICT, str(error)) from error
