"""CHECKS: everything that is looked at, in the order a person would ask."""

from collections.abc import Callable, Iterator
from typing import Final

from edge.doctor.broker import check_broker
from edge.doctor.certificate import check_certificate
from edge.doctor.computer import check_clock, check_gateway, check_host, check_service
from edge.doctor.equipment import check_models, check_page, check_signals, check_wearables
from edge.doctor.finding import Case, Finding, Verdict
from edge.doctor.http_way import check_http_way
from edge.doctor.radio import check_bluetooth
from edge.doctor.storage import check_data_dir, check_outbox
from edge.page.words import counted

__all__ = ["CHECKS", "examine"]

CHECKS: Final[tuple[Callable[[Case], list[Finding]], ...]] = (
    check_gateway,
    check_service,
    check_data_dir,
    check_outbox,
    check_clock,
    check_host,
    check_bluetooth,
    check_certificate,
    check_broker,
    check_http_way,
    check_models,
    check_signals,
    check_page,
    check_wearables,
)


def examine(case: Case, checks: tuple[Callable[[Case], list[Finding]], ...] = CHECKS) -> Iterator[Finding]:
    """Yield each finding as it is made; a check that breaks down is a finding too."""
    settings = case.settings
    served = "any wearable" if settings.adopt else counted(len(settings.devices), "wearable")
    afar = f", version {case.configuration_version} from afar" if case.configuration_version else ""
    says = f"gateway {settings.gateway_id}, {served}{afar}"
    yield Finding(check="settings", verdict=Verdict.OK, says=says)
    for check in checks:
        try:
            yield from check(case)
        except Exception as error:  # noqa: BLE001 - one that breaks down must not hide the others
            yield Finding(
                check=check.__name__.removeprefix("check_"),
                verdict=Verdict.FAIL,
                says=f"could not be looked at: {error!r}",
                remedy="please report this",
            )
