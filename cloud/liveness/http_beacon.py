"""A check that is reached by asking for its address: healthchecks.io, Uptime Kuma, or one of one's own."""

from typing import Final
from urllib.parse import urlsplit, urlunsplit

import httpx

from vitals.errors import DeliveryError

__all__ = ["HttpBeacon", "failing_address"]

_AGENT: Final = "carewire"


class HttpBeacon:
    """The Beacon port over HTTP: GET of one address while all is well, of another while it is not."""

    def __init__(self, url: str, fail_url: str | None = None, *, timeout_s: float = 10.0) -> None:
        """Without a `fail_url` of its own it is `url` followed by `/fail`."""
        self._urls = {True: url, False: fail_url or failing_address(url)}
        self._client = httpx.Client(
            timeout=timeout_s, follow_redirects=False, trust_env=False, headers={"User-Agent": _AGENT}
        )

    def tell(self, *, is_well: bool) -> None:
        """Ask for the address. What is raised names no address: who knows it can pretend to be us.

        Raises
        ------
        DeliveryError
            It did not answer, or not with yes.
        """
        try:
            with self._client.stream("GET", self._urls[is_well]) as answer:
                status = answer.status_code
        except (httpx.HTTPError, OSError) as error:
            kind = type(error).__name__
            raise DeliveryError(
                f"it does not answer ({kind}): check heartbeat.url and the way out to it"
            ) from error
        if not httpx.codes.is_success(status):
            raise DeliveryError(f"it answers {status}: check heartbeat.url")


def failing_address(url: str) -> str:
    """Return where to say that it is not well, as healthchecks.io has it."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/fail"))
