"""The latency measurement runs through every real part and says what it found."""

import pytest

from carewire.bench import latency


def test_every_alert_is_handed_over_among_other_patients(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latency, "ALERTS", 3)
    monkeypatch.setattr(latency, "WARM_S", 1.0)
    found = latency.measure(patients=5)
    assert found["alerts_handed_over"] == 3
    assert found["background_acknowledged"] > 0.5
    assert 0 < found["latency_ms"]["p50"] <= found["latency_ms"]["p99"] <= found["latency_ms"]["max"]
    stages = found["stages_ms"]
    assert set(stages) == {"into_outbox", "sent_stored_and_judged", "handed_over"}
