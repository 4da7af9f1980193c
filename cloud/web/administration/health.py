"""The administrator's page of health: which part is not well, what that means and what to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from starlette.responses import Response

from cloud.access.guards import Administrator
from cloud.api.dependencies import ServicesOf
from cloud.api.routes import policed_router
from cloud.ports import ServiceRole
from cloud.web.administration.findings import findings
from cloud.web.rendering import render
from cloud.web.words import N_, Sentence

router = policed_router("health-pages", documented=False)

PATH: Final = "/admin/health"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """What a part of the service is called, and what does not happen while it is not well."""

    name: str
    means: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A part that is not well; `said` is its own word, in English, as it stands in the log."""

    name: Sentence
    means: Sentence
    said: str


_TAKING_IN: Final = _Part(
    name=N_("Taking in"),
    means=N_("What gateways send waits with them. Nothing is lost; nobody is watched by it."),
)
_WATCHING: Final = _Part(
    name=N_("Watching"),
    means=N_("Alerts may come late or not at all. Tell those who care to look themselves."),
)
_TELLING: Final = _Part(
    name=N_("Telling people"), means=N_("Alerts are raised and seen here, but may not reach people's phones.")
)
_KEEPING: Final = _Part(
    name=N_("The store"), means=N_("Nothing is acknowledged that cannot be kept. Pages may show old values.")
)
_BACKUPS: Final = _Part(
    name=N_("Backups"), means=N_("If this machine fails now, what came since the last backup is lost.")
)
_AUTHORITY: Final = _Part(
    name=N_("Access of gateways"), means=N_("A gateway may be shut out soon, or one may not be who it says.")
)
_LEDGER: Final = _Part(
    name=N_("The ledger"), means=N_("Who did what is not entered or proved. Looks at records may be refused.")
)
_SHUTTING: Final = _Part(
    name=N_("Signing in"), means=N_("People may be unable to sign in, or their codes may not be recognised.")
)
_ERASING: Final = _Part(name=N_("Erasing"), means=N_("Records that are to be erased are still there."))
_GIVING_OUT: Final = _Part(
    name=N_("Roll-outs"), means=N_("Gateways go on with what they have; nothing new reaches them.")
)
_LIVING: Final = _Part(
    name=N_("Word that it lives"), means=N_("If the service stops, nobody outside may notice.")
)
_QUARANTINE: Final = _Part(
    name=N_("Quarantine"), means=N_("When it is full, what cannot be read waits at the gateway.")
)
_PAGES: Final = _Part(name=N_("Live pages"), means=N_("Open pages may be old until they are opened again."))
_ANY: Final = _Part(name=N_("A part of the service"), means=N_("What it says is below."))
_PARTS: Final[Mapping[str, _Part]] = MappingProxyType(
    {
        "ingest": _TAKING_IN,
        "broker": _TAKING_IN,
        "commands": _TAKING_IN,
        "alerts": _WATCHING,
        "habits": _WATCHING,
        "early warning": _WATCHING,
        "channels": _TELLING,
        "last resort": _TELLING,
        "series": _KEEPING,
        "upkeep": _KEEPING,
        "database": _KEEPING,
        "InfluxDB": _KEEPING,
        "backup": _BACKUPS,
        "gateways": _AUTHORITY,
        "ledger": _LEDGER,
        "witnesses": _LEDGER,
        "door key": _SHUTTING,
        "certificate": _SHUTTING,
        "erasure": _ERASING,
        "roll-outs": _GIVING_OUT,
        "running": _GIVING_OUT,
        "liveness": _LIVING,
        "heartbeat": _LIVING,
        "roles": _LIVING,
        "quarantine": _QUARANTINE,
        "live pages": _PAGES,
        "api": _PAGES,
    }
)
"""By how a trouble's own words begin."""

ROLES: Final = MappingProxyType(
    {
        ServiceRole.INGEST: Sentence(message=N_("takes in what gateways send")),
        ServiceRole.ALERTS: Sentence(message=N_("watches patients and tells people")),
        ServiceRole.API: Sentence(message=N_("serves pages and programs")),
    }
)
STORES: Final = MappingProxyType(
    {
        "sqlite": Sentence(message=N_("SQLite, a file of the service")),
        "postgresql": Sentence(message=N_("PostgreSQL, a server")),
        "influx": Sentence(message=N_("InfluxDB, a server")),
    }
)


@router.get(PATH)
def health_page(viewer: Administrator, services: ServicesOf) -> Response:
    """Show what is not well in words, what waits elsewhere, and what the service stands on."""
    stands = services.underpinnings()
    return render(
        "admin_health.html",
        viewer=viewer,
        troubles=troubles_said(services.troubles()),
        elsewhere=[each for each in findings(services) if each.is_broken and not each.path.startswith(PATH)],
        lacks=services.lacks,
        warnings=services.warnings,
        is_alerting=services.is_alerting(),
        processes=[
            (each.process_id[:8], [ROLES[role] for role in ServiceRole if role in each.roles], each.troubles)
            for each in stands.processes
        ],
        stands=stands,
        stores=STORES,
        has_authority=services.enrolment.authority is not None,
        now_ms=services.clock.wall_ms(),
    )


def troubles_said(troubles: Sequence[str]) -> Sequence[Trouble]:
    """Return what is not well with the part it belongs to, by how its own words begin."""
    return [_trouble(each) for each in troubles]


def _trouble(said: str) -> Trouble:
    part = _PARTS.get(said.partition(":")[0], _ANY)
    return Trouble(name=Sentence(message=part.name), means=Sentence(message=part.means), said=said)
