"""Looks at a running system as anybody could: through the service's API and the outbox file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import httpx

from carewire.report import Account, Ledger, balance
from edge.outbox import read_held, read_status
from vitals.errors import CarewireError


class ServiceUnreachableError(CarewireError):
    """The service does not answer, or not as it should."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observer:
    """One gateway and one patient of one system, seen from outside.

    The caregiver's token reads the patient, the administrator's the gateway: neither may read the other.
    """

    url: str
    caregiver_token: str
    administrator_token: str
    gateway: str
    patient: str
    outbox: Path
    speed: float = 1.0
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=5.0, trust_env=False))

    def close(self) -> None:
        """Let go of the connections."""
        self.client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def is_up(self) -> bool:
        """Tell whether the service says it is well."""
        try:
            return self.client.get(f"{self.url}/healthz").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def made(self) -> Mapping[str, int]:
        """Return how many records the gateway ever made, by epoch."""
        return read_status(self.outbox).made if self.outbox.exists() else {}

    def ledger(self, made: Mapping[str, int] | None = None) -> Ledger:
        """Return where every record of `made` is; unless given, all made until now."""
        made = self.made() if made is None else made
        return balance(made, read_held(self.outbox), self.accounts())

    def accounts(self) -> Sequence[Account]:
        """Return what the service holds of each epoch of the gateway."""
        return [
            Account(
                epoch=epoch["epoch"],
                stored=[(first, last) for first, last in epoch["stored"]],
                quarantined=[(first, last) for first, last in epoch["quarantined"]],
                duplicates=epoch["duplicates"],
            )
            for epoch in self.gateway_facts().get("epochs", ())
        ]

    def gateway_facts(self) -> dict[str, Any]:
        """Return what the service knows of the gateway; nothing before it was first heard."""
        found = self._get(self.administrator_token, "/gateways")["gateways"]
        return next((each for each in found if each["id"] == self.gateway), {})

    def latest(self) -> Mapping[str, Any]:
        """Return the newest value of each kind of the patient."""
        found = self._get(self.caregiver_token, f"/patients/{self.patient}/observations")["latest"]
        return {each["kind"]: each for each in found}

    def alerts(self) -> list[dict[str, Any]]:
        """Return the patient's alerts, oldest first, each with its latency in real milliseconds.

        Latency runs from the notification at the gateway to the first successful hand-off to a channel.
        """
        listed = self._get(self.caregiver_token, f"/patients/{self.patient}/alerts", limit=500)["alerts"]
        return [self._alert(each["id"]) for each in reversed(listed)]

    def ask(self, path: str, **query: str | int) -> Any:  # noqa: ANN401 - JSON
        """Return what the service answers the caregiver to a path below /api/v1.

        Raises
        ------
        ServiceUnreachableError
            It does not answer, or not as it should.
        """
        return self._get(self.caregiver_token, path, **query)

    def _alert(self, alert_id: str) -> dict[str, Any]:
        alert = self._get(self.caregiver_token, f"/alerts/{alert_id}")
        handed = [hand_off["at"] for hand_off in alert["hand_offs"] if hand_off["succeeded"]]
        return {
            "condition": alert["condition"],
            "family": alert["family"],
            "priority": alert["priority"],
            "patient": alert["patient_id"],
            "state": alert["state"],
            "began_at": alert["began"],
            "raised_at": alert["raised"],
            "latency_ms": self._between_ms(alert["noticed"], min(handed))
            if handed and alert["noticed"]
            else None,
            "explanation": alert["explanation"],
        }

    def _between_ms(self, earlier: str, later: str) -> float:
        scaled = (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds() * 1000
        return round(scaled / self.speed, 1)

    def _get(self, token: str, path: str, **query: str | int) -> Any:  # noqa: ANN401 - JSON
        try:
            response = self.client.get(
                f"{self.url}/api/v1{path}", params=query, headers={"Authorization": f"Bearer {token}"}
            )
            response.raise_for_status()
        except httpx.HTTPError as error:
            raise ServiceUnreachableError(
                f"the service at {self.url} did not answer {path}: {error}"
            ) from error
        return response.json()
