"""Every piece of the design on one page, as templates use it: for looking at, and for looking after."""

from pathlib import Path

from starlette.requests import Request

from cloud.access.forms import forms_of
from cloud.access.site import site
from cloud.api.reader import PageReader, written_for
from cloud.ports import Device, Point
from cloud.web.conditions import priority_word
from cloud.web.drawing import Box, curve
from cloud.web.rendering import _environment
from cloud.web.words import Sentence
from tests.fakes.alerts import NOW_MS, an_alert
from tests.fakes.cloud_services import CountedRandomness
from tests.fakes.furnished import LONG_NAME


def gallery() -> str:
    """Return the page."""
    points = [
        Point(t_ms=NOW_MS - seconds * 1_000, value=68.0 + (seconds % 19) / 2, quality=0.9, device="c0-01")
        for seconds in range(900, 0, -5)
        if not 300 < seconds < 420
    ]
    alerts = [an_alert(each) for each in ("ventricular-tachycardia", "tachycardia", "battery-low")]
    template = _environment().from_string(Path(__file__).with_suffix(".html").read_text())
    asked = Request({"type": "http", "headers": [], "method": "GET", "path": "/gallery", "query_string": b""})
    with forms_of(asked, site("http://127.0.0.1:8080"), CountedRandomness()), written_for(PageReader()):
        return template.render(
            viewer=None,
            now_ms=NOW_MS,
            alerts=[(each, priority_word(each)) for each in alerts],
            spark=curve(points, NOW_MS - 900_000, NOW_MS, Box(width=300, height=72)),
            scopes=(Sentence(message="measured values"), Sentence(message="alerts, and being told of them")),
            long_name=LONG_NAME,
            device=Device(
                id="c0-01",
                gateway="hallway",
                patient_id="p-wei",
                link="silent",
                model="Polar H10",
                battery_percent=12,
                on_body=True,
                reported_ms=NOW_MS - 20_000,
                received_ms=NOW_MS - 20_000,
            ),
        )
