"""Where administrators begin: what is broken, in one sentence, and the way to each thing that needs them."""

from starlette.responses import Response

from cloud.access.guards import Administrator
from cloud.api.dependencies import ServicesOf
from cloud.api.routes import policed_router
from cloud.web.administration.findings import findings
from cloud.web.rendering import render

router = policed_router("administration-pages", documented=False)


@router.get("/admin")
def overview_page(viewer: Administrator, services: ServicesOf) -> Response:
    """Show what is broken, what waits and what to know, each with the way to more of it."""
    found = findings(services)
    return render(
        "admin.html",
        viewer=viewer,
        broken=[each for each in found if each.is_broken],
        known=[each for each in found if not each.is_broken],
        now_ms=services.clock.wall_ms(),
    )
