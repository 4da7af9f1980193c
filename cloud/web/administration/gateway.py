"""The administrator's page of one gateway: health, what waits in it, what it runs, what was asked of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from starlette.responses import Response

from cloud.access.errors import NotVisibleError
from cloud.access.guards import Administrator
from cloud.api.commands import CommandLife, life_of
from cloud.api.dependencies import ServicesOf
from cloud.api.routes import policed_router
from cloud.api.sharing import name_of
from cloud.attention import alarming
from cloud.gateways.overview import GatewayIdentity, identities
from cloud.ports import FAILED, GatewayCertificate, GatewayProgress, Rollout
from cloud.services import Services
from cloud.web.gateways import STATES, GatewayName
from cloud.web.headline import QUIET_AFTER_MS
from cloud.web.rendering import render
from cloud.web.rollouts import PROGRESS
from cloud.web.words import N_, Sentence
from vitals.records import GatewayReport

router = policed_router("gateway-page", documented=False)

MOST_COMMANDS: Final = 20
MOST_ROLLOUTS: Final = 50
MOST_CERTIFICATES: Final = 10

LIVES: Final = MappingProxyType(
    {
        CommandLife.PENDING: Sentence(message=N_("waits for an answer")),
        CommandLife.EXPIRED: Sentence(message=N_("never answered")),
        CommandLife.DONE: Sentence(message=N_("done")),
        CommandLife.PARTLY: Sentence(message=N_("partly done")),
        CommandLife.REFUSED: Sentence(message=N_("refused")),
        CommandLife.FAILED: Sentence(message=N_("failed")),
    }
)
ALARMS: Final = MappingProxyType(
    {
        "alarm.ledger-changed": Sentence(
            message=N_(
                "It says that the ledger is not what it was: compare an export of it with "
                "`carewire ledger verify --head`, and keep its ledger-head.json."
            )
        ),
        "alarm.trust-damaged": Sentence(
            message=N_(
                "It has lost whom it takes settings and models from, and takes none: see its disk, remove "
                "data_dir/trust by hand, and those its own file names are trusted again."
            )
        ),
    }
)
_GOOD: Final = Sentence(message=N_("in use, or may be"))
_ENDED: Final = Sentence(message=N_("has ended"))
_REVOKED: Final = Sentence(message=N_("revoked"))


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRow:
    """Something asked of it, when and by whom, and what became of it."""

    name: str
    life: Sentence
    detail: str | None
    who: str
    issued_ms: int
    answered_ms: int | None


@router.get("/admin/gateways/{gateway}")
def gateway_page(gateway: GatewayName, viewer: Administrator, services: ServicesOf) -> Response:
    """Show everything that is known of one gateway; nothing of what it brought."""
    now_ms = services.clock.wall_ms()
    found = {each.gateway: each for each in identities(services.enrolment.book, now_ms)}
    heard_ms = services.gateways.heard_gateways().get(gateway)
    identity = found.get(gateway)
    if identity is None and heard_ms is None:
        raise NotVisibleError("there is no such gateway: go back to the list")
    told = services.gateways.gateway_report(gateway)
    return render(
        "admin_gateway.html",
        viewer=viewer,
        gateway=gateway,
        identity=identity,
        state=None if identity is None else STATES[identity.state],
        heard_ms=heard_ms,
        is_silent=_is_silent(identity, heard_ms, now_ms),
        online=services.presence.online(gateway),
        report=None if told is None else told[0],
        alarms=[ALARMS[key] for one, key in alarming(services.gateways) if one == gateway],
        running=[each for each in services.running.running() if each.gateway == gateway],
        devices=sorted(
            {each.device for each in services.gateways.heard_devices() if each.gateway == gateway}
        ),
        aside=sum(each.records for each in services.quarantine.shares() if each.gateway == gateway),
        certificates=_certificates(services, gateway, now_ms),
        commands=_commands(services, gateway, now_ms),
        rollouts=[
            (each, PROGRESS[one.progress], one.progress in FAILED) for each, one in _given(services, gateway)
        ],
        counters=_counters(None if told is None else told[0]),
        now_ms=now_ms,
    )


def _is_silent(identity: GatewayIdentity | None, heard_ms: int | None, now_ms: int) -> bool:
    is_out = identity is not None and identity.revoked_ms is not None
    return heard_ms is not None and not is_out and now_ms - heard_ms > QUIET_AFTER_MS


def _certificates(
    services: Services, gateway: str, now_ms: int
) -> Sequence[tuple[GatewayCertificate, Sentence]]:
    known = services.enrolment.book.certificates(gateway)[:MOST_CERTIFICATES]
    return [
        (each, _REVOKED if each.revoked_ms is not None else _GOOD if each.expires_ms > now_ms else _ENDED)
        for each in known
    ]


def _commands(services: Services, gateway: str, now_ms: int) -> Sequence[CommandRow]:
    found = services.commands.book.commands_of(gateway, MOST_COMMANDS, about_patients=False)
    return [
        CommandRow(
            name=each.command.name,
            life=LIVES[life_of(each, now_ms)],
            detail=each.answer.detail or None if each.answer else None,
            who=name_of(services, each.command.issued_by),
            issued_ms=each.command.issued_ms,
            answered_ms=each.answer.received_ms if each.answer else None,
        )
        for each in found
    ]


def _given(services: Services, gateway: str) -> Sequence[tuple[Rollout, GatewayProgress]]:
    """Return what was given out to it, the newest first, and how far it is with each."""
    book = services.rollouts.book
    found = ((each, book.progress_of(each.id).get(gateway)) for each in book.rollouts(MOST_ROLLOUTS))
    return [(each, progress) for each, progress in found if progress is not None]


def _counters(report: GatewayReport | None) -> Sequence[tuple[str, int]]:
    return [] if report is None else sorted(report.counters.items())
