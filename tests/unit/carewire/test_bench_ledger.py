"""`carewire bench ledger` proves and verifies what it times."""

from carewire.bench.ledger import measure


def test_a_small_ledger_is_measured_and_what_is_timed_holds() -> None:
    figures = measure(300)
    assert figures["entries"] == 300
    for name in ("append_us", "append_alone_ms", "look_folded_us", "verified_a_second"):
        value = figures[name]
        assert isinstance(value, int | float)
        assert value > 0
