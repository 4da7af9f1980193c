"""Gateways' identities, over the database that knows them and the authority that certifies them."""

import secrets
import time
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from cloud.access.site import site
from cloud.bootstrap.access import gateway_access_over
from cloud.bootstrap.foundation import Foundation
from cloud.bootstrap.threads import WorkThread
from cloud.config import CloudSettings
from cloud.gateways.authority import Authority
from cloud.gateways.authority_files import open_authority
from cloud.gateways.broker_door import MqttDoor
from cloud.gateways.broker_files import BrokerFiles
from cloud.gateways.enrolment import EnrolmentDesk, ServicePlace
from cloud.gateways.gatekeeping import Gatekeeping
from cloud.gateways.standing import Standings
from cloud.gateways.twins import TwinWatch
from cloud.storage.relational.opening import Relational
from vitals.clock import Clock
from vitals.errors import ConfigurationError

__all__ = ["authority_of", "enrolment_over", "gatekeeping_over", "standings_over", "twin_watch_over"]


def authority_of(settings: CloudSettings) -> Authority | None:
    """Return the authority that the settings name; None if there is none.

    Raises
    ------
    ConfigurationError
        If it cannot be used.
    """
    return open_authority(settings.authority_dir(), settings.gateways.passphrase())


def enrolment_over(settings: CloudSettings, relational: Relational, clock: Clock) -> EnrolmentDesk:
    """Return the desk where gateways are let in.

    Raises
    ------
    ConfigurationError
        If the authority cannot be used.
    """
    authority = authority_of(settings)
    return EnrolmentDesk(
        authority=authority,
        place=_place(settings, authority),
        book=relational.gateway_book,
        access=gateway_access_over(relational, clock),
        ledger=relational.ledger,
        clock=clock,
        randomness=secrets.token_bytes,
        together=relational.database.together,
        certificate_days=settings.gateways.certificate_days,
    )


def standings_over(relational: Relational) -> Standings:
    """Return how gateways stand, as the book says."""
    return Standings(book=relational.gateway_book, monotonic_s=time.monotonic)


def twin_watch_over(relational: Relational) -> TwinWatch:
    """Return what notices two computers of one name."""
    return TwinWatch(on_twins=relational.gateway_book.note_twins)


def gatekeeping_over(base: Foundation) -> tuple[WorkThread, ...]:
    """Return what keeps the broker to the book, where the settings give it a folder to write to.

    Raises
    ------
    ConfigurationError
        If it would have nothing to write with, or could not see whether the broker goes by it.
    """
    settings = base.settings
    folder, authority = settings.gateways.broker_folder, authority_of(settings)
    if folder is None:
        return ()
    if authority is None or settings.mqtt.ca_file is None:
        raise ConfigurationError(
            "gateways.broker_folder needs an authority (`carewire cloud authority init`) and mqtt.ca_file, "
            "the broker's by TLS: give both, or leave it out"
        )
    work = Gatekeeping(
        book=base.stores.relational.gateway_book,
        authority=authority,
        files=BrokerFiles(folder=folder),
        door=MqttDoor(host=settings.mqtt.host, port=settings.mqtt.port, ca_file=settings.mqtt.ca_file),
        clock=base.clock,
        randomness=secrets.token_bytes,
    )
    return (WorkThread(name="gateways", work=work, own_troubles=work.troubles),)


def _place(settings: CloudSettings, authority: Authority | None) -> ServicePlace:
    url = site(settings.http.public_url).url
    return ServicePlace(
        url=url,
        is_public=not _is_certified_here(settings.http.cert_file, authority),
        broker_host=settings.gateways.broker_host or urlsplit(url).hostname or "",
        broker_port=settings.gateways.broker_port,
        release_keys=settings.release_keys,
    )


def _is_certified_here(cert_file: Path | None, authority: Authority | None) -> bool:
    """Tell whether the service itself shows a certificate of our authority: gateways know it by that then."""
    if cert_file is None or authority is None:
        return False
    try:
        shown = x509.load_pem_x509_certificate(cert_file.read_bytes())
        shown.verify_directly_issued_by(authority.certificate)
    except (OSError, ValueError, TypeError, InvalidSignature):
        return False
    return True
