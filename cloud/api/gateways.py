"""Gateways, for administrators: heard of when, waiting for how much, and what is accounted for."""

from pydantic import BaseModel, Field

from cloud.access.guards import Administrator
from cloud.accounting import GatewayAccount, accounts_of, nothing_of
from cloud.api.dependencies import ServicesOf
from cloud.api.routes import policed_router, problems
from cloud.api.times import iso, iso_or_none
from cloud.ports import UnboundDevice
from cloud.services import Services
from vitals.records import GapReason

router = policed_router("gateways")


class CountsOut(BaseModel):
    """How many records are where."""

    stored: int
    quarantined: int
    discarded: int
    missing: int


class DeclaredOut(BaseModel):
    """What gaps of one reason say does not exist; `uncounted` of them do not say how much."""

    reason: GapReason
    of_records: bool = Field(description="Missed are records lost with the outbox, else samples.")
    gaps: int
    missed: int
    uncounted: int


class AccountOut(BaseModel):
    """All epochs of a gateway in one; `unexplained` is missing and was not declared lost either."""

    counts: CountsOut
    unexplained: int
    duplicates: int
    declared: list[DeclaredOut]


class EpochOut(BaseModel):
    """One epoch's account. Ranges are inclusive; `missing` names records made and not yet here.

    Of each sort the first thousand ranges are named; `counts` counts all.
    """

    epoch: str
    counts: CountsOut
    stored: list[tuple[int, int]]
    quarantined: list[tuple[int, int]]
    discarded: list[tuple[int, int]]
    missing: list[tuple[int, int]]
    declared: list[DeclaredOut]
    duplicates: int


class InferenceOut(BaseModel):
    """How often the gateway's model judged, and how long that takes."""

    count: int
    p50_us: float | None


class HostOut(BaseModel):
    """How the gateway's computer is; null where it cannot tell."""

    cpu_temperature_c: float | None
    disk_free_bytes: int | None
    memory_bytes: int | None
    load: float | None
    throttled: bool | None = Field(description="Slowed down now, for heat or for want of power.")


class GatewayOut(BaseModel):
    """A gateway as last heard; null means not known."""

    id: str
    online: bool | None = Field(description="Its presence at the broker.")
    heard: str | None
    software: str | None
    outbox_records: int | None
    outbox_bytes: int | None
    oldest_unsent: str | None
    counters: dict[str, int]
    inference: InferenceOut
    uptime_s: int | None = Field(description="Seconds since the gateway's program started.")
    host: HostOut | None
    clock_synced: bool | None = Field(description="Whether NTP holds its clock.")
    models: dict[str, int] = Field(description="The version of each model in use.")
    configuration_version: int | None = Field(description="Of its settings given from afar; 0: none.")
    account: AccountOut
    epochs: list[EpochOut]


class UnboundOut(BaseModel):
    """A device that measured while nobody was bound to it: it is kept, and nobody sees it."""

    device: str
    gateway: str
    records: int
    first_received: str
    last_received: str


class GatewaysOut(BaseModel):
    """Every gateway ever heard of, and devices whose records belong to nobody."""

    gateways: list[GatewayOut]
    unbound: list[UnboundOut]


@router.get("/api/v1/gateways", responses=problems(503))
def gateways(_: Administrator, services: ServicesOf) -> GatewaysOut:
    """Every gateway, with the account of each of its epochs."""
    accounts = {each.gateway: each for each in accounts_of(services.records.accounts(), {})}
    heard = services.gateways.heard_gateways()
    return GatewaysOut(
        gateways=[
            _gateway_out(services, name, heard.get(name), accounts.get(name) or nothing_of(name))
            for name in sorted(heard.keys() | accounts.keys())
        ],
        unbound=[_unbound_out(device) for device in services.unbound.unbound_devices()],
    )


def _gateway_out(services: Services, name: str, heard_ms: int | None, account: GatewayAccount) -> GatewayOut:
    reported = services.gateways.gateway_report(name)
    report = reported[0] if reported else None
    return GatewayOut(
        id=name,
        online=services.presence.online(name),
        heard=iso_or_none(heard_ms),
        software=report.software if report else None,
        outbox_records=report.outbox_records if report else None,
        outbox_bytes=report.outbox_bytes if report else None,
        oldest_unsent=iso_or_none(report.oldest_unsent_ms) if report else None,
        counters=report.counters if report else {},
        inference=InferenceOut(
            count=report.inference_count if report else 0, p50_us=report.inference_p50_us if report else None
        ),
        uptime_s=report.uptime_s if report else None,
        host=HostOut.model_validate(report.host, from_attributes=True) if report and report.host else None,
        clock_synced=report.clock_synced if report else None,
        models=report.models if report else {},
        configuration_version=report.configuration_version if report else None,
        account=AccountOut.model_validate(account, from_attributes=True),
        epochs=[EpochOut.model_validate(epoch, from_attributes=True) for epoch in account.epochs],
    )


def _unbound_out(device: UnboundDevice) -> UnboundOut:
    return UnboundOut(
        device=device.device,
        gateway=device.gateway,
        records=device.records,
        first_received=iso(device.first_received_ms),
        last_received=iso(device.last_received_ms),
    )
