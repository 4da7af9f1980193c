"""That the fuzzer finds what it looks for, and that a short run finds nothing in the real decoders."""

import random
from itertools import islice

import pytest

from scripts import fuzz
from scripts.fuzz import Target, cases, characteristics, feed, ingested, messages
from vitals.errors import DecodeError

CORPUS = [b"\x01\x02\x03", b"\x07\x00\x00\x00"]


def refuse(octets: bytes) -> bytes:
    raise DecodeError(f"expected nothing, got {len(octets)} bytes")


def slip(octets: bytes) -> int:
    if len(octets) < 2:
        raise DecodeError("too short")
    return {1: 2, 7: 8}[octets[0]]


def fed(target: Target) -> fuzz.Tally:
    return feed(target, 5_000, random.Random(1))


def test_an_error_outside_the_tree_is_found_with_the_octets_that_brought_it_about() -> None:
    tally = fed(Target(name="slips", decode=slip, corpus=CORPUS))

    assert tally.findings
    for finding in tally.findings:
        assert finding.what.startswith("KeyError")
        assert finding.octets[0] not in {1, 7}


def test_a_value_that_comes_back_otherwise_is_found() -> None:
    tally = fed(Target(name="forgets", decode=bytes, encode=lambda value: value[:2], corpus=CORPUS))

    assert {len(finding.octets) > 2 for finding in tally.findings} == {True}


def test_a_refusal_is_what_bad_octets_deserve() -> None:
    tally = fed(Target(name="refuses", decode=refuse, corpus=CORPUS))

    assert not tally.findings
    assert tally.octets >= 5_000
    assert (tally.taken, tally.cases > 100) == (0, True)


def test_the_same_seed_makes_the_same_octets() -> None:
    one, two, other = (list(islice(cases(CORPUS, random.Random(seed)), 200)) for seed in (1, 1, 2))

    assert one == two != other


@pytest.mark.parametrize("group", [characteristics, messages, ingested])
def test_a_short_run_finds_nothing_and_gets_through_to_every_decoder(group) -> None:
    tallies = fuzz.fuzz(group(), octets=1_500_000, seed=3)

    assert [finding for tally in tallies.values() for finding in tally.findings] == []
    assert [name for name, tally in tallies.items() if not tally.taken] == []


def test_what_was_fed_is_said_and_a_clean_run_exits_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert fuzz.main(["--bytes", "2000", "--seed", "9"]) == 0

    said = capsys.readouterr().out
    assert "Heart Rate Measurement" in said
    assert "0 findings, seed 9" in said


def test_a_finding_is_said_and_exits_with_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Target(name="slips", decode=slip, corpus=CORPUS)
    monkeypatch.setattr(fuzz, "messages", lambda: [broken])

    assert fuzz.main(["--bytes", "2000"]) == 1
    assert "FOUND slips: KeyError" in capsys.readouterr().out
