"""The clinician's list: everybody who is open to them, whoever should be looked at first, first."""

from math import ceil
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from cloud.access.guards import Clinician
from cloud.access.looking import SUMMARY, looked
from cloud.access.paces import Effort
from cloud.access.policies import Policy
from cloud.access.visits import open_to
from cloud.api.dependencies import ServicesOf
from cloud.api.routes import policed_router
from cloud.web.cohort import FILTERS, Band, Filter, Row, rows_of, with_trend
from cloud.web.rendering import render

router = policed_router("patient-list", documented=False, effort=Effort.LOOK)

PATH: Final = "/patients"
ROWS_A_PAGE: Final = 50
MOST_PATIENTS: Final = 2_000
"""Above this the list says that it is cut, and asks for a name."""
_NEEDING: Final = frozenset({Band.NOW, Band.SOON})


class ListQuery(BaseModel):
    """What of the list is shown; an address that is passed on shows the same."""

    q: str = Field(default="", max_length=100)
    show: str = Field(default="all", max_length=16)
    page: int = Field(default=1, ge=1, le=1_000)

    def address(self, **changes: object) -> str:
        """Return the address of the list with something changed; what is as usual is left out."""
        wanted = {"q": self.q, "show": self.show, "page": self.page} | changes
        usual = {"q": "", "show": "all", "page": 1}
        said = {name: value for name, value in wanted.items() if value != usual[name]}
        return f"{PATH}?{urlencode(said)}" if said else PATH


@router.get(PATH)
def patients_page(viewer: Clinician, services: ServicesOf, asked: Annotated[ListQuery, Query()]) -> Response:
    """Show a page of those who are open to a clinician; only of those shown it is written down."""
    visits = open_to(services, viewer, Policy.PATIENT_RELATED)
    wanted = [each for each in visits if asked.q.casefold() in each.patient.display_name.casefold()]
    everybody = rows_of(services, wanted[:MOST_PATIENTS])
    chosen = _filter(asked.show)
    kept = [row for row in everybody if chosen.has(row)]
    page = min(asked.page, _pages(kept))
    shown = kept[(page - 1) * ROWS_A_PAGE : page * ROWS_A_PAGE]
    looked(services, viewer, SUMMARY, [row.patient.id for row in shown])
    return render(
        "patients.html",
        viewer=viewer,
        asked=asked,
        rows=with_trend(services, shown),
        total=len(everybody),
        found=len(kept),
        needing=sum(row.band in _NEEDING for row in everybody),
        first=everybody[0].first if everybody and everybody[0].band in _NEEDING else None,
        filters=[(each, sum(map(each.has, everybody))) for each in FILTERS],
        chosen=chosen,
        page=page,
        pages=_pages(kept),
        cut=max(0, len(wanted) - MOST_PATIENTS),
        is_anybody=bool(visits),
        now_ms=services.clock.wall_ms(),
    )


def _filter(key: str) -> Filter:
    """Return what an address names; one that nobody knows shows everybody."""
    return next((each for each in FILTERS if each.key == key), FILTERS[0])


def _pages(rows: list[Row]) -> int:
    return max(1, ceil(len(rows) / ROWS_A_PAGE))
