"""Is the service reached by its own address, and does it know this gateway there."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import httpx

from edge.adapters.http_uplink import COMMANDS
from edge.adapters.tls import tls_context
from edge.doctor.finding import Case, Finding, Verdict
from vitals.errors import ConfigurationError

__all__ = ["check_http_way"]


def check_http_way(case: Case) -> list[Finding]:
    """Ask as the gateway would; commands that wait for it are only looked at, and come again."""
    http = case.settings.http
    if http.url is None:
        return []
    try:
        tls, token = tls_context(http.ca_file, None, None), http.secret()
    except ConfigurationError as error:
        return [_row(Verdict.FAIL, str(error), "correct these settings")]
    try:
        answer = httpx.get(
            f"{http.url.rstrip('/')}{COMMANDS}",
            headers={"Authorization": f"Bearer {token}"},
            verify=tls or True,
            timeout=case.limit_s,
            trust_env=False,
        )
    except httpx.HTTPError as error:
        return [_row(Verdict.FAIL, f"{http.url} cannot be reached: {error}", _WAY)]
    if answer.status_code == HTTPStatus.OK:
        return [_row(Verdict.OK, f"{http.url} knows this gateway")]
    verdict, says, remedy = _REFUSED.get(answer.status_code, (Verdict.FAIL, "is no service of ours", _WAY))
    return [_row(verdict, f"{http.url} {says} (it answers {answer.status_code})", remedy)]


_WAY: Final = "check http.url and http.ca_file, the network, and that the service runs"
_REFUSED: Final[Mapping[int, tuple[Verdict, str, str]]] = {
    HTTPStatus.UNAUTHORIZED: (
        Verdict.FAIL,
        "does not know this token",
        "give the gateway a new one with `carewire cloud gateway add`, as http.token_file",
    ),
    HTTPStatus.MISDIRECTED_REQUEST: (
        Verdict.FAIL,
        "has another name",
        "give the address that the service has as http.public_url",
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: (
        Verdict.WARN,
        "cannot answer now",
        "wait; `carewire cloud health` there says whether it is well",
    ),
}


def _row(verdict: Verdict, says: str, remedy: str = "") -> Finding:
    return Finding(check="http", verdict=verdict, says=says, remedy=remedy)
