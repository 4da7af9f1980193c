"""Issuing a command: its body is checked here as the gateway will check it, then it is kept and sent."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import structlog

from cloud.ports import CommandBook, IssuedCommand
from vitals.clock import Clock
from vitals.errors import EnvelopeError, ValidationError
from vitals.wire.command import BODIES, Command, encode_command

__all__ = ["CommandIssuer", "derived_id", "wire_form"]

_log = structlog.get_logger(__name__)

_ID_LENGTH: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandIssuer:
    """Puts commands into the book; `after_issue` wakes whoever sends them."""

    book: CommandBook
    clock: Clock
    new_id: Callable[[], str]
    after_issue: Callable[[], None] = lambda: None

    def issue(  # noqa: PLR0913 - the parts of a command
        self,
        gateway: str,
        name: str,
        body: Mapping[str, Any],
        *,
        by: str,
        expires_in_s: int,
        patient_id: str | None = None,
        command_id: str | None = None,
    ) -> IssuedCommand:
        """Ask something of a gateway; asked again under the same id it is one command.

        Raises
        ------
        ValidationError
            If there is no such command, its body is not what it holds, or it is too large.
        StorageError
            If it cannot be kept; nothing is sent then.
        """
        now_ms = self.clock.wall_ms()
        issued = IssuedCommand(
            id=command_id or self.new_id(),
            gateway=gateway,
            name=name,
            body=_checked(name, body),
            issued_ms=now_ms,
            expires_ms=now_ms + 1000 * expires_in_s,
            issued_by=by,
            patient_id=patient_id,
        )
        try:
            encode_command(wire_form(issued))
        except EnvelopeError as error:
            raise ValidationError(str(error)) from error
        if self.book.add(issued):
            _log.info("command.issued", command=issued.id, gateway=gateway, name=name, by=by)
        self.after_issue()
        return issued


def wire_form(issued: IssuedCommand) -> Command:
    """Return a command as a gateway is sent it: who asks, and about whom, stays here."""
    return Command(
        id=issued.id,
        name=issued.name,
        issued_ms=issued.issued_ms,
        expires_ms=issued.expires_ms,
        body=issued.body,
    )


def derived_id(*cause: str) -> str:
    """Return the id of a command that one cause gives rise to once, however often it is seen."""
    return hashlib.sha256("\0".join(cause).encode()).hexdigest()[:_ID_LENGTH]


def _checked(name: str, body: Mapping[str, Any]) -> dict[str, Any]:
    kind = BODIES.get(name)
    if kind is None:
        raise ValidationError(f"there is no command {name!r}: choose one of {', '.join(BODIES)}")
    try:
        whole = msgspec.convert(body, kind)
    except (msgspec.ValidationError, UnicodeEncodeError) as error:
        raise ValidationError(f"the body is not what {name} holds: {error}") from error
    return dict(msgspec.to_builtins(whole))
