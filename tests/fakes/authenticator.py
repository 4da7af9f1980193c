"""A software authenticator: real keys, real signatures, and answers as a browser's `toJSON()` makes them.

`lies` changes what it says before it signs, so that a test refuses what is signed and wrong, too.
"""

import base64
import hashlib
import json
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

_PRESENT, _VERIFIED, _ELIGIBLE, _BACKED_UP, _ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40
_ES256 = -7


def b64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


@dataclass(slots=True)
class FakeAuthenticator:
    """One passkey. `count` rises with each use by `step`; 0: it does not count, as synced ones do not."""

    origin: str = "http://localhost:8080"
    step: int = 1
    count: int = 0
    id: bytes = b"passkey-of-a-test"
    is_verified: bool = True
    is_synced: bool = False
    lies: dict[str, Any] = field(default_factory=dict)
    handle: bytes = b""
    domain: str = ""
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return what `navigator.credentials.create` gives."""
        self.domain = options["rp"]["id"]
        self.handle = _bytes(options["user"]["id"])
        public = self.key.public_key().public_numbers()
        cose = {1: 2, 3: _ES256, -1: 1, -2: public.x.to_bytes(32), -3: public.y.to_bytes(32)}
        attested = bytes(16) + struct.pack(">H", len(self.id)) + self.id + cbor2.dumps(cose)
        attestation = {"fmt": "none", "attStmt": {}, "authData": self._data(_ATTESTED) + attested}
        return self._credential(
            {
                "clientDataJSON": b64url(self._client_data("webauthn.create", options)),
                "attestationObject": b64url(cbor2.dumps(attestation)),
            }
        )

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return what `navigator.credentials.get` gives."""
        self.count += self.step
        client_data, data = self._client_data("webauthn.get", options), self._data()
        signed = data + hashlib.sha256(client_data).digest()
        return self._credential(
            {
                "clientDataJSON": b64url(client_data),
                "authenticatorData": b64url(data),
                "signature": b64url(self.key.sign(signed, ec.ECDSA(SHA256()))),
                "userHandle": b64url(self.lies.get("handle", self.handle)),
            }
        )

    def _credential(self, response: dict[str, str]) -> dict[str, Any]:
        return {"id": b64url(self.id), "rawId": b64url(self.id), "type": "public-key", "response": response}

    def _client_data(self, kind: str, options: dict[str, Any]) -> bytes:
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps(said | self.lies.get("client", {})).encode()

    def _data(self, flags: int = 0) -> bytes:
        flags |= _PRESENT | (_VERIFIED if self.is_verified else 0)
        flags |= _ELIGIBLE | _BACKED_UP if self.is_synced else 0
        domain = self.lies.get("domain", self.domain)
        return hashlib.sha256(domain.encode()).digest() + struct.pack(">BI", flags, self.count)


def _bytes(value: str) -> bytes:
    return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
