"""What a relational database lets go of, and what it keeps. A test module's class gives an open `store`."""

from dataclasses import replace

from sqlalchemy import func, select

from cloud.ports import BookRetention
from cloud.storage.relational import tables
from cloud.storage.relational.letting_go import BOOKS, BookUpkeep
from cloud.storage.relational.opening import Relational
from tests.contracts.relational.rows import WEI, alert, asked, commit, handed

DAY_MS = 86_400_000
NOW_MS = 1_000 * DAY_MS


def let_go(store: Relational, retention: BookRetention, now_ms: int = NOW_MS) -> None:
    upkeep = BookUpkeep(store.database, retention)
    while upkeep.step(now_ms):
        pass


def count(store: Relational, name: str) -> int:
    with store.database.read() as connection:
        return connection.scalar(select(func.count()).select_from(tables.metadata.tables[name])) or 0


class LettingGoContract:
    """What is old goes, step by step; what is read of an alert stays."""

    def test_commands_and_tellings_go_when_they_are_old_enough(self, store: Relational) -> None:
        commit(store, WEI.id, b"", [alert()], ["m"])
        for age in (10, 50):
            at_ms = NOW_MS - age * DAY_MS
            store.commands.add(asked(f"command-{age}", issued_ms=at_ms, expires_ms=at_ms))
            store.alerts.handed_off([handed(at_ms=at_ms, channel=f"{age} days ago")])
        let_go(store, BookRetention(commands_days=50, tellings_days=50))
        assert (count(store, "command"), count(store, "hand_off")) == (2, 2)
        let_go(store, BookRetention(commands_days=49, tellings_days=49))
        assert count(store, "command") == 1
        assert [one.channel for one in store.alerts.hand_offs_of("a1")] == ["10 days ago"]
        let_go(store, BookRetention())
        assert (count(store, "command"), count(store, "hand_off")) == (1, 1)

    def test_of_what_is_said_again_and_again_the_first_ten_and_the_last_stay(self, store: Relational) -> None:
        commit(store, WEI.id, b"", [alert()], ["m"])
        old = handed(at_ms=NOW_MS - 3 * DAY_MS)
        store.alerts.handed_off([replace(old, step=step, occasion="raised") for step in range(3_400)])
        store.alerts.handed_off([replace(old, step=step, occasion="over") for step in range(3)])
        store.alerts.handed_off([replace(old, step=11, occasion="raised", at_ms=NOW_MS)])
        let_go(store, BookRetention())
        kept = [(one.occasion, one.step) for one in store.alerts.hand_offs_of("a1")]
        assert kept == [
            *(("raised", step) for step in range(10)),
            ("raised", 3_399),
            *(("over", step) for step in range(3)),
            ("raised", 11),
        ]

    def test_it_looks_once_an_hour_and_again_when_the_clock_was_set_back(self, store: Relational) -> None:
        upkeep = BookUpkeep(store.database, BookRetention(commands_days=1))
        assert not upkeep.step(NOW_MS)
        store.commands.add(asked(issued_ms=0, expires_ms=0))
        assert not upkeep.step(NOW_MS + 3_599_999)
        assert upkeep.step(NOW_MS - 1)
        assert count(store, "command") == 0

    def test_the_ledger_is_for_good(self) -> None:
        assert not [book.table.name for book in BOOKS if book.table.name.startswith("ledger")]
