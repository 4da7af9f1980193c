"""The administrator's pages of quarantine: what was set aside, why and since when; trying it again."""

from typing import Annotated, Final

from fastapi import Query
from starlette.responses import Response

from cloud.access.guards import Administrator
from cloud.api.dependencies import ServicesOf
from cloud.api.quarantine import replayed
from cloud.api.routes import policed_router
from cloud.ports import Heap, Share, Wanted
from cloud.services import Services
from cloud.web.administration.listing import Find
from cloud.web.forms import Form
from cloud.web.refusals import refusal, status_of
from cloud.web.rendering import render
from vitals.errors import StorageError

router = policed_router("quarantine-pages", documented=False)

PATH: Final = "/admin/quarantine"
MOST_HEAPS: Final = 100
A_REPLAY: Final = 1_000
"""So many are tried at once: a page answers within seconds."""
_MOST_DIGITS: Final = 9

Gateway = Annotated[str, Query(max_length=40)]


@router.get(PATH)
def quarantine_page(
    viewer: Administrator, services: ServicesOf, find: Find = "", gateway: Gateway = ""
) -> Response:
    """Show what is set aside, by gateway and reason; not a byte of what it says."""
    return _page(viewer, services, gateway, find.strip())


@router.post(f"{PATH}/replay")
def replay(viewer: Administrator, services: ServicesOf, form: Form) -> Response:
    """Try what is set aside again, a part at a time; say what came of it, and how much is left."""
    gateway, reason = form.get("gateway", ""), form.get("reason", "")
    wanted = Wanted(gateway=gateway or None, reason=reason or None)
    try:
        of = _number(form.get("of", "")) or services.quarantine.count(wanted)
        done = replayed(services, viewer, wanted, most=A_REPLAY, after_id=_number(form.get("after", "")))
        left = services.quarantine.count(wanted)
    except StorageError as error:  # some may be taken in: a page that says that nothing was changed would lie
        return _page(viewer, services, gateway, reason, error)
    tried = _number(form.get("tried", "")) + done.tried
    return render(
        "admin_replayed.html",
        viewer=viewer,
        done=done,
        left=left,
        of=of,
        tried=tried,
        is_over=not done.tried or not left or tried >= of,
        gateway=gateway,
        reason=reason,
    )


def _page(
    viewer: Administrator, services: Services, gateway: str, find: str, error: StorageError | None = None
) -> Response:
    wanted = Wanted(gateway=gateway or None, reason=find or None)
    found = _found(services, wanted)
    heaps, shares = found or ((), ())
    return render(
        "admin_quarantine.html",
        status_of(error),
        viewer=viewer,
        heaps=heaps[:MOST_HEAPS],
        omitted=len(heaps) > MOST_HEAPS,
        shares=shares,
        everything=sum(share.records for share in shares),
        gateway=gateway,
        find=find,
        is_answered=found is not None,
        error=None if error is None else refusal(error),
        now_ms=services.clock.wall_ms(),
    )


def _found(services: Services, wanted: Wanted) -> tuple[tuple[Heap, ...], tuple[Share, ...]] | None:
    """Return what is set aside; None: the store cannot say now."""
    try:
        heaps = services.quarantine.heaps(wanted, limit=MOST_HEAPS + 1)
        return (*heaps,), (*services.quarantine.shares(),)
    except StorageError:
        return None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS else 0
