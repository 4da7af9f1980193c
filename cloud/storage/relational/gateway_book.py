"""Which gateways were let in, with which certificates: certificates are kept for good, tokens as hashes."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict

from sqlalchemy import Connection, delete, insert, select, update

from cloud.ports import GatewayCertificate, GatewayInvitation, GatewayStanding
from cloud.storage.relational.database import Database, insert_new, take_turns
from cloud.storage.relational.tables import (
    gateway_certificate,
    gateway_invitation,
    gateway_patient,
    gateway_standing,
)

__all__ = ["RelationalGatewayBook"]

_INVITED = gateway_invitation.c
_CERTIFIED = gateway_certificate.c
_STANDS = gateway_standing.c


class RelationalGatewayBook:
    """The GatewayBook port on a relational database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take_turn(self) -> None:
        """Let in, renew and revoke one at a time, from now until this thread's transaction has ended."""
        with self._database.write() as connection:
            take_turns(connection, gateway_certificate)

    def invite(self, invitation: GatewayInvitation) -> None:
        """Keep a new invitation."""
        with self._database.write() as connection:
            connection.execute(insert(gateway_invitation).values(**asdict(invitation)))

    def invitation(self, token_hash: bytes) -> GatewayInvitation | None:
        """Return the invitation a token belongs to."""
        query = select(gateway_invitation).where(_INVITED.token_hash == token_hash)
        with self._database.read() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else GatewayInvitation(**row)

    def invitations(self) -> Sequence[GatewayInvitation]:
        """Return every invitation ever made, newest first."""
        query = select(gateway_invitation).order_by(_INVITED.made_ms.desc(), _INVITED.token_hash)
        with self._database.read() as connection:
            return tuple(GatewayInvitation(**row) for row in connection.execute(query).mappings())

    def claim(self, token_hash: bytes, key_hash: bytes, now_ms: int) -> bool:
        """Use a good invitation up for a key; of two at once the second finds it used."""
        using = (
            update(gateway_invitation)
            .where(
                _INVITED.token_hash == token_hash, _INVITED.used_ms.is_(None), _INVITED.expires_ms > now_ms
            )
            .values(used_ms=now_ms, key_hash=key_hash)
        )
        with self._database.write() as connection:
            return bool(connection.execute(using).rowcount)

    def note_replay(self, token_hash: bytes, now_ms: int) -> None:
        """Count one who came with a token that was used up."""
        with self._database.write() as connection:
            connection.execute(
                update(gateway_invitation)
                .where(_INVITED.token_hash == token_hash)
                .values(replays=_INVITED.replays + 1, replayed_ms=now_ms)
            )

    def add_certificate(self, certificate: GatewayCertificate) -> None:
        """Keep a certificate that is about to be given away."""
        with self._database.write() as connection:
            connection.execute(insert(gateway_certificate).values(**asdict(certificate)))

    def certificate(self, serial: str) -> GatewayCertificate | None:
        """Return a certificate by its number."""
        query = select(gateway_certificate).where(_CERTIFIED.serial == serial)
        with self._database.read() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else GatewayCertificate(**row)

    def certificates(self, gateway: str | None = None) -> Sequence[GatewayCertificate]:
        """Return the certificates of a gateway, or of all, newest first."""
        query = select(gateway_certificate).order_by(_CERTIFIED.issued_ms.desc(), _CERTIFIED.serial)
        if gateway is not None:
            query = query.where(_CERTIFIED.gateway == gateway)
        with self._database.read() as connection:
            return tuple(GatewayCertificate(**row) for row in connection.execute(query).mappings())

    def revoke_certificates(self, serials: Collection[str], now_ms: int) -> None:
        """Make certificates worthless; one that is already stays so since when it was."""
        with self._database.write() as connection:
            connection.execute(
                update(gateway_certificate)
                .where(_CERTIFIED.serial.in_(serials), _CERTIFIED.revoked_ms.is_(None))
                .values(revoked_ms=now_ms)
            )

    def revoked_serials(self, now_ms: int) -> frozenset[str]:
        """Return the certificates that were revoked and have not ended by themselves."""
        query = select(_CERTIFIED.serial).where(
            _CERTIFIED.revoked_ms.is_not(None), _CERTIFIED.expires_ms > now_ms
        )
        with self._database.read() as connection:
            return frozenset(connection.scalars(query))

    def let_in(self, gateway: str, now_ms: int) -> None:
        """Note that a gateway was let in; it is revoked no more."""
        with self._database.write() as connection:
            _stand(connection, gateway, enrolled_ms=now_ms, revoked_ms=None, severed_ms=None, twinned_ms=None)

    def revoke(self, gateway: str, now_ms: int) -> None:
        """Note that a gateway, known or not, is no longer let in, unless that is so already."""
        with self._database.write() as connection:
            connection.execute(
                update(gateway_invitation)
                .where(_INVITED.gateway == gateway, _INVITED.used_ms.is_(None), _INVITED.expires_ms > now_ms)
                .values(expires_ms=now_ms)
            )
            _stand(connection, gateway)
            connection.execute(
                update(gateway_standing)
                .where(_STANDS.gateway == gateway, _STANDS.revoked_ms.is_(None))
                .values(revoked_ms=now_ms, severed_ms=None)
            )

    def note_severed(self, gateway: str, now_ms: int) -> None:
        """Note that a revoked gateway is known to be cut off at the broker."""
        with self._database.write() as connection:
            _stand(connection, gateway, severed_ms=now_ms)

    def note_twins(self, gateway: str, now_ms: int) -> None:
        """Note that two computers were seen to use a gateway's certificate."""
        with self._database.write() as connection:
            _stand(connection, gateway, twinned_ms=now_ms)

    def speak_for(self, gateway: str, patients: Collection[str] | None) -> None:
        """Say for which patients a gateway may speak from now on; None: for anybody."""
        with self._database.write() as connection:
            _stand(connection, gateway, is_restricted=patients is not None)
            connection.execute(delete(gateway_patient).where(gateway_patient.c.gateway == gateway))
            for patient_id in sorted(set(patients or ())):
                connection.execute(insert(gateway_patient).values(gateway=gateway, patient_id=patient_id))

    def standings(self) -> Mapping[str, GatewayStanding]:
        """Return how every gateway stands of which anything was ever said."""
        patients: defaultdict[str, set[str]] = defaultdict(set)
        with self._database.read() as connection:
            for gateway, patient_id in connection.execute(select(gateway_patient)):
                patients[gateway].add(patient_id)
            rows = connection.execute(select(gateway_standing)).mappings().all()
        return {
            row["gateway"]: GatewayStanding(
                gateway=row["gateway"],
                enrolled_ms=row["enrolled_ms"],
                revoked_ms=row["revoked_ms"],
                severed_ms=row["severed_ms"],
                twinned_ms=row["twinned_ms"],
                patients=frozenset(patients[row["gateway"]]) if row["is_restricted"] else None,
            )
            for row in rows
        }


def _stand(connection: Connection, gateway: str, **changes: object) -> None:
    """Change how a gateway stands, of which nothing may have been said before."""
    insert_new(connection, gateway_standing, {"gateway": gateway, "is_restricted": False})
    if changes:
        connection.execute(update(gateway_standing).where(_STANDS.gateway == gateway).values(**changes))
