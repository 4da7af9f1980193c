"""`carewire bench query` on a small store, and on a real InfluxDB beside it."""

from carewire.bench.asking import Asked
from carewire.bench.query import measure


def test_every_question_is_answered_by_both_stores_and_a_point_takes_little_room() -> None:
    figures = measure(Asked(days=3, ward=20, crowd=50), beside_influxd=True)

    assert figures["points"] == 3 * 86_400
    assert figures["patients"] == 71
    asked = {"downsample_3d_1h_ms", "raw_1d_ms", "latest_20_ms"}
    assert asked | {"latest_1_ms"} <= figures.keys()
    assert asked <= figures["influxdb"].keys()
    assert 3 * figures["bytes_per_point"] < figures["influxdb"]["bytes_per_point"]
