"""What requests reach: the pages and the API of people and programs, and the health of every process."""

import secrets
import threading
import time
from collections.abc import Callable
from typing import Final

from cloud.access.guests import Guests
from cloud.access.paces import Paces
from cloud.access.tls import CertificateWatch
from cloud.alerts.acknowledge import AlertService
from cloud.api.ports import Presence
from cloud.backup.watch import BackupWatch
from cloud.bootstrap.access import door_key_watch_over, entrance_for, relation_desks_over
from cloud.bootstrap.care import alert_rules_over, rehearsals_over, symptom_desk_over
from cloud.bootstrap.delivering import own_ways_over, web_push_key
from cloud.bootstrap.desks import desks_over
from cloud.bootstrap.erasing import erasure_desk_over
from cloud.bootstrap.exporting import export_desk_over
from cloud.bootstrap.foundation import Foundation
from cloud.bootstrap.gateways import enrolment_over, standings_over
from cloud.bootstrap.ledger import ledger_desk_over, looks_over
from cloud.bootstrap.messaging import message_desk_over
from cloud.bootstrap.reporting import report_desk_over
from cloud.bootstrap.rollouts import rollout_desk_over
from cloud.bootstrap.threads import WorkThread
from cloud.bootstrap.ways_in import openid_over, passkeys_over, programs_over
from cloud.bootstrap.wearing import adoptions_over, wearing_over
from cloud.burden.service import Burdens
from cloud.care.fact_desk import FactDesk
from cloud.care.note_desk import NoteDesk
from cloud.commands.issue import CommandIssuer
from cloud.commands.reconcile import GatewayReconciliation
from cloud.commands.waveforms import WaveformRequests
from cloud.early_warning.assess import ModelSilence
from cloud.early_warning.history import History
from cloud.early_warning.installed import installed_model
from cloud.early_warning.local_time import LocalTime
from cloud.early_warning.service import EarlyWarnings
from cloud.following.alerts import AlertsFollowed
from cloud.following.follower import Follower
from cloud.following.readings import ReadingsFollowed
from cloud.gateways.overview import identities, token_troubles, troubles_of
from cloud.ingest.batch_desk import BatchDesk
from cloud.ingest.inbox import Inbox
from cloud.metrics import TroublesCollector
from cloud.ports import Beat, IdentifiedRecord, ServiceRole
from cloud.replay.crowding import crowding
from cloud.replay.service import Replay
from cloud.services import Services
from cloud.storage.series import keeps_points
from cloud.underpinnings import Underpinnings
from cloud.web.parts import parts_folder, wanting_parts
from vitals.errors import StorageError
from vitals.model_versions import ModelVersions

__all__ = ["followers_over", "services_over"]

_CLOSED: Final = Inbox(max_messages=0)
"""Where batches would go that come to a process which takes none in: they are refused."""


def services_over(  # noqa: PLR0913 - what differs from role to role
    base: Foundation,
    *,
    presence: Presence,
    batches: BatchDesk | None,
    after_issue: Callable[[], None],
    on_replayed: Callable[[list[IdentifiedRecord]], None],
    troubles: Callable[[], tuple[str, ...]],
    is_alerting: Callable[[], bool],
) -> Services:
    """Join what requests reach.

    `after_issue` is called when a command is to be sent, `on_replayed` when something was stored here.
    """
    relational, series = base.stores.relational, base.stores.series
    early_warnings, rehearsals = _early_warnings(base), rehearsals_over(base.stores, base.clock)
    desks = desks_over(base)
    relations = relation_desks_over(relational, base.clock, base.gatekeeper, base.settings.emergency)
    own_ways = own_ways_over(base)
    entrance = entrance_for(base.settings, relational, base.clock, own_ways.say_later)
    backups = BackupWatch(settings=base.settings.backup, clock=base.clock, since_ms=base.clock.wall_ms())
    door_key = door_key_watch_over(base.settings, relational)
    certificate = CertificateWatch(cert_file=base.settings.http.cert_file, clock=base.clock)
    enrolment = enrolment_over(base.settings, relational, base.clock)
    issuer = CommandIssuer(
        book=relational.commands,
        clock=base.clock,
        new_id=lambda: secrets.token_hex(16),
        after_issue=after_issue,
    )

    def gateway_troubles() -> tuple[str, ...]:
        now_ms = base.clock.wall_ms()
        try:
            found = identities(relational.gateway_book, now_ms)
            ending = enrolment.access.ending()
        except StorageError as error:
            return (f"gateways: how they stand cannot be looked at: {error}",)
        return (*troubles_of(found, enrolment.authority, now_ms), *token_troubles(found, ending))

    def every_trouble() -> tuple[str, ...]:
        return (
            *troubles(),
            *relational.troubles(),
            *base.gatekeeper.troubles(),
            *crowding(series.quarantine),
            *early_warnings.troubles(),
            *backups.troubles(),
            *certificate.troubles(),
            *door_key.troubles(),
            *gateway_troubles(),
        )

    def underpinnings() -> Underpinnings:
        settings = base.settings
        own = Beat(process_id=base.peers.process_id, roles=base.peers.roles, count=0, troubles=troubles())
        return Underpinnings(
            processes=(own, *base.peers.living()),
            database=settings.database_url.partition(":")[0].partition("+")[0],
            series="sqlite" if keeps_points(settings) else "influx",
            broker=f"{settings.mqtt.host}:{settings.mqtt.port}",
            has_own_keys=settings.key_place().given is None,
            backups=backups.state(),
        )

    base.metrics.add(TroublesCollector(troubles=every_trouble))
    return Services(
        site=base.site,
        paces=Paces(time.monotonic),
        clock=base.clock,
        local=LocalTime(zone=base.settings.zone()),
        gatekeeper=base.gatekeeper,
        sharing=relations.sharing,
        offers=relations.offers,
        teams=relations.teams,
        proxies=relations.proxies,
        glass=relations.glass,
        guests=Guests(invitations=entrance.invitations, sharing=relations.sharing),
        sessions=entrance.sign_in.sessions,
        passkeys=passkeys_over(relational, base.settings, entrance.sign_in.sessions, base.site),
        programs=programs_over(relational, base.clock, base.gatekeeper),
        openid=openid_over(relational, base.settings, base.site, base.clock),
        entrance=entrance,
        directory=relational.directory,
        series=series.series,
        rollups=series.rollups,
        occurrences=series.occurrences,
        alerts=relational.alerts,
        acknowledger=AlertService(
            store=relational.alerts,
            reader=relational.alerts,
            permissions=base.gatekeeper,
            on_acknowledged=GatewayReconciliation(issuer=issuer, gateways=series.gateways).on_acknowledged,
        ),
        records=series.records,
        quarantine=series.quarantine,
        replay=Replay(
            quarantine=series.quarantine,
            store=series.replays,
            devices=relational.directory,
            answers=relational.commands,
            clock=base.clock,
            standing=standings_over(relational),
            on_committed=on_replayed,
        ),
        unbound=series.unbound,
        wearing=wearing_over(relational, base.clock),
        adoptions=adoptions_over(relational, series.unbound, base.clock),
        gateways=series.gateways,
        presence=presence,
        commands=issuer,
        waveform_requests=WaveformRequests(
            issuer=issuer,
            book=relational.commands,
            directory=relational.directory,
            gateways=series.gateways,
        ),
        rollouts=rollout_desk_over(base),
        running=relational.running,
        early_warnings=early_warnings,
        own_ways=own_ways,
        web_push_key=web_push_key(base),
        exports=export_desk_over(base.stores, base.settings, base.clock),
        reports=report_desk_over(base.stores, base.signer, LocalTime(zone=base.settings.zone()), base.clock),
        erasures=erasure_desk_over(relational, base.clock, base.gatekeeper),
        facts=FactDesk(book=relational.facts, clock=base.clock),
        notes=NoteDesk(book=relational.notes, clock=base.clock, new_id=lambda: secrets.token_hex(16)),
        messages=message_desk_over(
            relational, base.gatekeeper, base.clock, LocalTime(zone=base.settings.zone()), own_ways.say_later
        ),
        symptoms=symptom_desk_over(relational, base.clock),
        burdens=Burdens(reader=relational.burden, local=LocalTime(zone=base.settings.zone())),
        rehearsals=rehearsals,
        alert_rules=alert_rules_over(base.stores, rehearsals, base.clock),
        duties=desks.duties,
        silences=desks.silences,
        policies=desks.policies,
        preferences=relational.preferences,
        live=base.live,
        gateway_access=enrolment.access,
        enrolment=enrolment,
        ledger=ledger_desk_over(base.signer, relational),
        looks=looks_over(relational, base.clock.wall_ms),
        batches=batches or BatchDesk(inbox=_CLOSED, clock=base.clock),
        warnings=base.settings.readable_ways(),
        lacks=wanting_parts(parts_folder()),
        metrics=base.metrics,
        troubles=every_trouble,
        is_alerting=is_alerting,
        underpinnings=underpinnings,
    )


def followers_over(base: Foundation) -> tuple[WorkThread, ...]:
    """Return what brings to open pages that which other processes take in and evaluate."""
    relational, series = base.stores.relational, base.stores.series
    steps: list[Callable[[], None]] = []
    if not base.has(ServiceRole.INGEST):
        steps.append(
            ReadingsFollowed(
                hub=base.live,
                directory=relational.directory,
                gateways=series.gateways,
                series=series.series,
                occurrences=series.occurrences,
                clock=base.clock,
            ).step
        )
    if not base.has(ServiceRole.ALERTS):
        steps.append(AlertsFollowed(reader=relational.alerts, live=base.live).step)
    follower = Follower(steps=tuple(steps))
    return (WorkThread(name="live pages", work=follower, own_troubles=follower.troubles),) if steps else ()


def _early_warnings(base: Foundation) -> EarlyWarnings:
    settings, series = base.settings, base.stores.series
    is_served = base.has(ServiceRole.API)
    return EarlyWarnings(
        history=History(series=series.series, rollups=series.rollups, local=LocalTime(zone=settings.zone())),
        clock=base.clock,
        model=installed_model(
            settings.models_dir(),
            trusted=settings.model_keys,
            versions=ModelVersions(path=settings.data_dir / "models.json"),
        )
        if is_served
        else ModelSilence.NOT_INSTALLED,
        later=lambda work: threading.Thread(target=work, name="early-warning", daemon=True).start(),
    )
