"""Codes of the minute (TOTP, RFC 6238) and codes for when the telephone is lost."""

import base64
import hmac
from dataclasses import dataclass
from typing import Final

import pyotp

from cloud.access.door_key import DoorKey
from cloud.access.tokens import Randomness
from cloud.ports import Account, AccountStore
from vitals.clock import Clock

__all__ = ["RECOVERY_CODES", "SecondFactor", "enrolment_address"]

STEP_S: Final = 30
DRIFT_STEPS: Final = 1
"""How far a telephone's clock may be off: one step to either side."""
_CODE_DIGITS: Final = 6
_SECRET_BYTES: Final = 20
RECOVERY_CODES: Final = 10
_RECOVERY_BYTES: Final = 10
_GROUP: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactor:
    """Makes and checks the codes of people; secrets are sealed, each code is good once."""

    store: AccountStore
    key: DoorKey
    clock: Clock
    randomness: Randomness

    def begun(self, person_id: str) -> str:
        """Return a new secret in base32, which does not count before a code of it came."""
        secret = self.randomness(_SECRET_BYTES)
        sealed = self.key.seal(secret, "totp", person_id, self.randomness)
        self.store.set_totp(person_id, sealed, None)
        return base64.b32encode(secret).decode()

    def pending_secret(self, account: Account) -> str | None:
        """Return the secret that was begun and not confirmed."""
        if account.totp is None or account.has_totp:
            return None
        return base64.b32encode(self.key.opened(account.totp, "totp", account.person_id)).decode()

    def confirmed(self, account: Account, code: str) -> bool:
        """Have it count from now on, if this is a code of what was begun."""
        if account.totp is None or account.has_totp or not self._is_code_of_now(account, code):
            return False
        self.store.set_totp(account.person_id, account.totp, self.clock.wall_ms())
        return True

    def is_good(self, account: Account, code: str) -> bool:
        """Use up a code of the minute; False if it is wrong or was used."""
        return account.has_totp and self._is_code_of_now(account, code)

    def removed(self, person_id: str) -> None:
        """Ask for no codes of this person any more."""
        self.store.set_totp(person_id, None, None)
        self.store.replace_recovery_codes(person_id, ())

    def new_recovery_codes(self, person_id: str) -> list[str]:
        """Return ten codes of 80 bits, each good once, in place of those there were; they are shown once."""
        codes = [self._recovery_code() for _ in range(RECOVERY_CODES)]
        self.store.replace_recovery_codes(person_id, [self._hashed(person_id, code) for code in codes])
        return codes

    def use_recovery_code(self, person_id: str, code: str) -> bool:
        """Use up a recovery code, however it is written."""
        return self.store.use_recovery_code(person_id, self._hashed(person_id, code))

    def _is_code_of_now(self, account: Account, given: str) -> bool:
        """Compare with every step it may be of, in constant time; a step is good once, and none before it."""
        code = "".join(given.split())
        if account.totp is None or len(code) != _CODE_DIGITS or not code.isascii() or not code.isdecimal():
            return False
        secret = base64.b32encode(self.key.opened(account.totp, "totp", account.person_id)).decode()
        made, now = pyotp.TOTP(secret), self.clock.wall_ms() // 1000 // STEP_S
        steps = range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1)
        matching = [step for step in steps if hmac.compare_digest(made.generate_otp(step), code)]
        return bool(matching) and self.store.use_totp_step(account.person_id, matching[-1])

    def _recovery_code(self) -> str:
        text = base64.b32encode(self.randomness(_RECOVERY_BYTES)).decode().lower()
        return "-".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))

    def _hashed(self, person_id: str, code: str) -> bytes:
        plain = "".join(letter for letter in code.casefold() if letter.isalnum())[: 4 * _RECOVERY_BYTES]
        return self.key.digest("recovery code", person_id.encode(), plain.encode("utf-8", "surrogateescape"))


def enrolment_address(secret: str, name: str, issuer: str) -> str:
    """Return what an authenticator's camera reads: the key URI."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)
