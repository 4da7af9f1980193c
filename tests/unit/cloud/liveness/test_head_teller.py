"""Gateways are given heads with the proof they can use; one that lies is shown, and hurts nobody."""

from dataclasses import dataclass, field

import pytest

from cloud.liveness.head_teller import SAID_EVERY_S, HeadTeller
from cloud.ports import SERVICE, Deed, LedgerNote
from tests.fakes.ledger_book import FakeLedgerBook, desk_over
from tests.fakes.signed_ledger import KEY
from vitals.ledger.merkle import is_consistent
from vitals.wire.ledger import HeadNews, Witnessed, decode_head_news


@dataclass(slots=True)
class Channel:
    is_up: bool = True
    said: list[tuple[str, HeadNews]] = field(default_factory=list)

    def say(self, gateway: str, payload: bytes, *, expires_in_s: float) -> bool:
        assert expires_in_s > 0
        if self.is_up:
            self.said.append((gateway, decode_head_news(payload)))
        return self.is_up


@dataclass(slots=True)
class Home:
    book: FakeLedgerBook = field(default_factory=FakeLedgerBook)
    channel: Channel = field(default_factory=Channel)
    there: dict[str, Witnessed | None] = field(default_factory=dict)
    now_s: float = 0.0
    teller: HeadTeller = field(init=False)

    def __post_init__(self) -> None:
        self.teller = HeadTeller(
            witnessed=lambda: self.there,
            book=self.book,
            public_key=lambda: KEY.public_key().public_bytes_raw().hex(),
            channel=self.channel,
            monotonic_s=lambda: self.now_s,
            wall_ms=lambda: 7,
        )

    def grow(self, by: int) -> None:
        self.book.ledger.append_all([LedgerNote(t_ms=1, deed=Deed.ERASED, actor=SERVICE)] * by)
        desk_over(self.book).signer.head()


@pytest.fixture
def home() -> Home:
    made = Home()
    made.grow(20)
    return made


def test_a_gateway_that_keeps_nothing_is_given_the_head_alone(home: Home) -> None:
    home.there = {"hallway": None}
    assert home.teller.step() == 1
    ((gateway, news),) = home.channel.said
    assert (gateway, news.head.size, news.proof) == ("hallway", 20, [])


def test_a_gateway_is_given_the_proof_from_what_it_keeps(home: Home) -> None:
    kept = home.book.signed[-1]
    home.grow(13)
    home.there = {"hallway": Witnessed(epoch=0, size=20, verdict="first")}
    home.teller.step()
    news = home.channel.said[0][1]
    proof = [bytes.fromhex(each) for each in news.proof]
    assert news.first == 20
    assert is_consistent(20, kept.root_hash, 33, news.head.root_hash, proof)


@pytest.mark.parametrize(
    "lie",
    [
        Witnessed(epoch=0, size=2**53, verdict="rolled-back"),
        Witnessed(epoch=9, size=1, verdict="forked"),
        Witnessed(epoch=0, size=20, verdict="rewritten"),
    ],
)
def test_a_lie_is_shown_and_changes_nothing(home: Home, lie: Witnessed) -> None:
    before = (home.book.tiles.size, list(home.book.signed))
    home.there = {"liar": lie, "hallway": None}
    assert home.teller.step() == 2
    (word,) = home.book.words()
    assert (word.gateway, word.size, word.verdict) == ("liar", lie.size, lie.verdict)
    assert (home.book.tiles.size, list(home.book.signed)) == before
    assert home.teller.troubles() == ()


def test_a_gateway_that_changes_its_word_all_the_time_is_told_once_a_minute(home: Home) -> None:
    for size in range(30):
        home.there = {"liar": Witnessed(epoch=0, size=size, verdict="same")}
        home.teller.step()
        home.now_s += 1.0
    assert len(home.channel.said) == 1
    home.now_s = SAID_EVERY_S
    home.teller.step()
    assert len(home.channel.said) == 2


def test_without_connection_it_is_tried_again_and_without_a_head_there_is_nothing_to_say(home: Home) -> None:
    home.there = {"hallway": None}
    home.channel.is_up = False
    assert home.teller.step() == 0
    home.channel.is_up = True
    assert home.teller.step() == 1
    empty = Home()
    empty.there = {"hallway": None}
    assert empty.teller.step() == 0
