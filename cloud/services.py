"""What the API and the pages stand on, in one value; `cloud.bootstrap` is who fills it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from starlette.requests import Request

from cloud.access.entrance import Entrance
from cloud.access.gatekeeper import Gatekeeper
from cloud.access.gateways import GatewayAccess
from cloud.access.glass import Glass
from cloud.access.guests import Guests
from cloud.access.offers import Offers
from cloud.access.openid.log_in import OpenIdLogIn
from cloud.access.paces import Paces
from cloud.access.passkeys import Passkeys
from cloud.access.programs import Programs
from cloud.access.proxies import Proxies
from cloud.access.sessions import Sessions
from cloud.access.sharing import Sharing
from cloud.access.site import Site
from cloud.access.teams import Teams
from cloud.alerts.telling.duty_desk import DutyDesk
from cloud.alerts.telling.policy_desk import PolicyDesk
from cloud.alerts.telling.silence_desk import SilenceDesk
from cloud.api.ports import Acknowledger, Presence
from cloud.burden.service import Burdens
from cloud.care.alert_rules import AlertRules
from cloud.care.fact_desk import FactDesk
from cloud.care.message_desk import MessageDesk
from cloud.care.note_desk import NoteDesk
from cloud.care.symptoms import SymptomDesk
from cloud.commands.issue import CommandIssuer
from cloud.commands.waveforms import WaveformRequests
from cloud.early_warning.local_time import LocalTime
from cloud.early_warning.service import EarlyWarnings
from cloud.erasing.desk import ErasureDesk
from cloud.export.desk import ExportDesk
from cloud.gateways.enrolment import EnrolmentDesk
from cloud.ingest.batch_desk import BatchDesk
from cloud.ledger.desk import LedgerDesk
from cloud.ledger.looks import Looks
from cloud.live import LiveHub
from cloud.metrics import Metrics
from cloud.notifiers.own_ways import OwnWays
from cloud.ports import (
    AlertReader,
    Directory,
    GatewayReader,
    OccurrenceReader,
    PreferenceBook,
    Quarantine,
    RecordStore,
    RollupReader,
    RunningBook,
    SeriesReader,
    UnboundReader,
)
from cloud.rehearsal.service import Rehearsals
from cloud.replay.service import Replay
from cloud.reports.desk import ReportDesk
from cloud.rollouts.desk import RolloutDesk
from cloud.underpinnings import Underpinnings
from cloud.wearing.adoption import AdoptionDesk
from cloud.wearing.desk import WearingDesk
from vitals.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The ports a request may reach.

    `troubles` names every part that is not well, none if all are; `warnings` what was chosen and is not safe,
    `lacks` what is not installed and can be done without.
    `local` is the clock of where patients live. `is_alerting` tells whether some process of the service
    evaluates patients now. `underpinnings` tells what all of it stands on.
    """

    site: Site
    paces: Paces
    clock: Clock
    local: LocalTime
    sessions: Sessions
    passkeys: Passkeys
    programs: Programs
    openid: OpenIdLogIn | None
    gatekeeper: Gatekeeper
    sharing: Sharing
    offers: Offers
    teams: Teams
    proxies: Proxies
    glass: Glass
    guests: Guests
    entrance: Entrance
    directory: Directory
    series: SeriesReader
    rollups: RollupReader
    occurrences: OccurrenceReader
    alerts: AlertReader
    acknowledger: Acknowledger
    alert_rules: AlertRules
    records: RecordStore
    quarantine: Quarantine
    replay: Replay
    unbound: UnboundReader
    wearing: WearingDesk
    adoptions: AdoptionDesk
    gateways: GatewayReader
    presence: Presence
    commands: CommandIssuer
    waveform_requests: WaveformRequests
    rollouts: RolloutDesk
    running: RunningBook
    early_warnings: EarlyWarnings
    own_ways: OwnWays
    web_push_key: str | None
    facts: FactDesk
    notes: NoteDesk
    messages: MessageDesk
    symptoms: SymptomDesk
    exports: ExportDesk
    reports: ReportDesk
    erasures: ErasureDesk
    rehearsals: Rehearsals
    burdens: Burdens
    duties: DutyDesk
    silences: SilenceDesk
    policies: PolicyDesk
    preferences: PreferenceBook
    live: LiveHub
    ledger: LedgerDesk
    looks: Looks
    gateway_access: GatewayAccess
    enrolment: EnrolmentDesk
    batches: BatchDesk
    metrics: Metrics
    troubles: Callable[[], tuple[str, ...]]
    is_alerting: Callable[[], bool]
    underpinnings: Callable[[], Underpinnings]
    warnings: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


def services_of(request: Request) -> Services:
    """Return the services of the application a request came to."""
    return cast("Services", request.app.state.services)
