"""`cloud.ports` of signing in, in memory, and a hasher that counts instead of working."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cloud.ports import Account, Link, Toll


@dataclass(slots=True)
class FakeAccountStore:
    kept: dict[str, Account] = field(default_factory=dict)
    steps: dict[str, int] = field(default_factory=dict)
    codes: dict[str, set[bytes]] = field(default_factory=dict)

    def account(self, person_id: str) -> Account:
        return self.kept.get(person_id, Account(person_id=person_id))

    def account_by_handle(self, handle: bytes) -> Account | None:
        return next((each for each in self.kept.values() if each.handle == handle), None)

    def accounts(self) -> Sequence[Account]:
        return [self.kept[name] for name in sorted(self.kept)]

    def hold(self, seen: Account) -> bool:
        kept = self.account(seen.person_id)
        return kept.closed_ms is None and kept.password_ms == seen.password_ms

    def set_handle(self, person_id: str, handle: bytes) -> bool:
        owner = self.account_by_handle(handle)
        if owner is not None and owner.person_id != person_id:
            return False
        self._set(person_id, handle=handle)
        return True

    def set_password(self, person_id: str, password: str | None, now_ms: int) -> None:
        self._set(person_id, password=password, password_ms=now_ms)

    def set_totp(self, person_id: str, totp: bytes | None, since_ms: int | None) -> None:
        self._set(person_id, totp=totp, totp_since_ms=since_ms)

    def use_totp_step(self, person_id: str, step: int) -> bool:
        if self.steps.get(person_id, 0) >= step:
            return False
        self.steps[person_id] = step
        return True

    def replace_recovery_codes(self, person_id: str, hashes: Sequence[bytes]) -> None:
        self.codes[person_id] = set(hashes)

    def use_recovery_code(self, person_id: str, code: bytes) -> bool:
        mine = self.codes.get(person_id, set())
        found = code in mine
        mine.discard(code)
        return found

    def recovery_codes_left(self, person_id: str) -> int:
        return len(self.codes.get(person_id, ()))

    def close_account(self, person_id: str, now_ms: int) -> None:
        self._set(person_id, closed_ms=now_ms)

    def open_account(self, person_id: str) -> None:
        self._set(person_id, closed_ms=None)

    def _set(self, person_id: str, **changes: Any) -> None:
        self.kept[person_id] = replace(self.account(person_id), **changes)


@dataclass(slots=True)
class FakeLinkStore:
    links: dict[bytes, Link] = field(default_factory=dict)

    def add_link(self, link: Link) -> None:
        self.links[link.token_hash] = link

    def link(self, token_hash: bytes) -> Link | None:
        return self.links.get(token_hash)

    def redeem_link(self, token_hash: bytes, now_ms: int) -> Link | None:
        link = self.links.get(token_hash)
        if link is None or not link.is_good(now_ms):
            return None
        return self.links.pop(token_hash)

    def links_of(self, person_id: str) -> Sequence[Link]:
        return [link for link in self.links.values() if link.person_id == person_id]

    def good_links(self, now_ms: int) -> Sequence[Link]:
        return [link for link in self.links.values() if link.is_good(now_ms)]

    def revoke_links(self, person_id: str) -> int:
        mine = self.links_of(person_id)
        for link in mine:
            del self.links[link.token_hash]
        return len(mine)


@dataclass(slots=True)
class FakeDoorBook:
    full_again_ms: dict[bytes, int] = field(default_factory=dict)

    def take(self, tolls: Sequence[Toll], now_ms: int) -> int:
        full = {
            each.counter: max(self.full_again_ms.get(each.counter, 0), now_ms) + each.each_ms
            for each in tolls
        }
        wait_ms = max(full[each.counter] - now_ms - each.at_once * each.each_ms for each in tolls)
        if wait_ms <= 0:
            self.full_again_ms |= full
        return max(wait_ms, 0)

    def give_back(self, tolls: Sequence[Toll]) -> None:
        for each in tolls:
            self.full_again_ms[each.counter] -= each.each_ms

    def standing(self, counters: Sequence[bytes], now_ms: int) -> Mapping[bytes, bool]:
        return {counter: self.full_again_ms.get(counter, 0) > now_ms for counter in counters}


@dataclass(slots=True)
class FakeHasher:
    """Says how often it worked; a password is readable in what it makes. `cost` is what is set now."""

    cost: int = 1
    worked: int = 0

    def hashed(self, password: str) -> str:
        self.worked += 1
        return f"fake${self.cost}${password}"

    def matches(self, encoded: str, password: str) -> bool:
        self.worked += 1
        return encoded.split("$", 2)[2] == password

    def is_outdated(self, encoded: str) -> bool:
        return encoded.split("$", 2)[1] != str(self.cost)
