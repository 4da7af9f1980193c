"""Where a witness outside gets heads and proofs: the database beside it, or a service over HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import httpx

from cloud.bootstrap.ledger import ledger_desk_over, signer_over
from cloud.config import CloudSettings
from cloud.ledger.desk import LedgerDesk
from cloud.storage.relational.opening import Relational, open_relational
from vitals.errors import ConfigurationError, DeliveryError, LedgerError
from vitals.ledger.heads import TreeHead, decode_head
from vitals.ledger.merkle import MOST_PROOF

__all__ = ["LedgerSource", "LocalLedger", "RemoteLedger"]

_ANSWERS_WITHIN_S: Final = 20.0


class LedgerSource(Protocol):
    """What a witness asks."""

    def head(self) -> tuple[TreeHead, str]:
        """Return the newest head, and the public key it is said to be signed with."""
        ...

    def consistency(self, first: int, second: int) -> Sequence[bytes]:
        """Return the proof that the ledger of `second` entries begins with that of `first`."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


@dataclass(slots=True, kw_only=True)
class LocalLedger:
    """The database of this machine's settings; a head is signed for the asking."""

    settings: CloudSettings
    _relational: Relational = field(init=False)
    _desk: LedgerDesk = field(init=False)

    def __post_init__(self) -> None:
        self._relational = open_relational(self.settings.database_url, keys=self.settings.key_place())
        signer = signer_over(self.settings, self._relational, self.settings.clock.clock().wall_ms)
        self._desk = ledger_desk_over(signer, self._relational)

    def head(self) -> tuple[TreeHead, str]:
        """Sign a head of all there is."""
        return self._desk.signer.head(), self._desk.public_key()

    def consistency(self, first: int, second: int) -> Sequence[bytes]:
        """Read the proof from the tree."""
        return self._desk.consistency(first, second)

    def close(self) -> None:
        """Close the database."""
        self._relational.close()


@dataclass(slots=True, kw_only=True)
class RemoteLedger:
    """A service's API, with the token of somebody who may sign in there."""

    url: str
    token_file: Path
    transport: httpx.BaseTransport | None = None
    _client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        try:
            token = self.token_file.read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                f"{self.token_file} cannot be read ({error}): put the token in it"
            ) from error
        self._client = httpx.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=_ANSWERS_WITHIN_S,
            transport=self.transport,
            trust_env=False,
        )

    def head(self) -> tuple[TreeHead, str]:
        """Ask for the newest head."""
        answer = self._asked("/api/v1/ledger/head", {})
        return decode_head(str(answer.get("signed"))), str(answer.get("public_key"))

    def consistency(self, first: int, second: int) -> Sequence[bytes]:
        """Ask for the proof."""
        answer = self._asked("/api/v1/ledger/consistency", {"first": first, "second": second})
        try:
            return [bytes.fromhex(each) for each in answer["path"][:MOST_PROOF]]
        except (KeyError, TypeError, ValueError):
            raise LedgerError(f"{self.url} gives no proof that can be read: check the address") from None

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _asked(self, path: str, query: dict[str, int]) -> dict[str, Any]:
        try:
            answer = self._client.get(path, params=query)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise DeliveryError(
                f"{self.url} is not reached ({error}): check the address and the network"
            ) from error
        if answer.status_code != httpx.codes.OK:
            raise DeliveryError(
                f"{self.url}{path} answers {answer.status_code}: check the token, and the address"
            )
        try:
            found = answer.json()
            return dict(found)
        except (ValueError, TypeError):
            raise LedgerError(f"{self.url}{path} answers what is none of ours: check the address") from None
