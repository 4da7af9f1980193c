"""`/metrics`, for a program that collects them with a token of its own, and for administrators."""

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from cloud.access.guards import Collecting
from cloud.api.dependencies import ServicesOf
from cloud.api.routes import policed_router

router = policed_router("metrics", documented=False, effort=None)


@router.get("/metrics", response_class=Response)
def metrics(_: Collecting, services: ServicesOf) -> Response:
    """Tell what the service counts and measures."""
    return Response(services.metrics.text(), media_type=CONTENT_TYPE_LATEST)
