"""The viewer of a stored ECG in a real browser: moved, measured, compared, followed; and its pure parts."""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from cloud.application import application
from cloud.live import strip_event
from tests.fakes.alerts import an_alert
from tests.fakes.chromium import chromium
from tests.fakes.cloud_services import CARER, FakeCloud
from tests.fakes.http_server import free_port, serving
from tests.fakes.stored_ecg import ECTOPICS, RESTING, stored
from vitals.clock import ScaledClock

pytestmark = pytest.mark.browser

HOUR_MS = 3_600_000


@dataclass(slots=True)
class Site:
    """A service that keeps two minutes of ectopic beats until a while ago, with three seconds missing."""

    cloud: FakeCloud
    url: str
    end_ms: int

    def page(self, at_ms: int | None = None, **more: object) -> str:
        query = "&".join(f"{name}={value}" for name, value in more.items())
        return f"{self.url}/patients/p-wei/ecg?at={self.end_ms - 40_000 if at_ms is None else at_ms}&{query}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    port = free_port()
    cloud = FakeCloud(clock=ScaledClock(), public_url=f"http://127.0.0.1:{port}")
    end_ms = cloud.clock.wall_ms() - 300_000
    kept = [*stored(RESTING, end_ms - HOUR_MS), *stored(ECTOPICS, end_ms - 140_000)]
    gone = range(end_ms - 90_000, end_ms - 87_000)
    cloud.series.strips["p-wei", "ecg"] = [one for one in kept if one.t0_ms not in gone]
    alert = replace(an_alert("ventricular-tachycardia", now_ms=end_ms), began_ms=end_ms - 60_000)
    cloud.alerts.alerts[alert.id] = alert
    with serving(application(cloud.services), port) as url:
        yield Site(cloud, url, end_ms)


@pytest.fixture
def context(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    """Lin's browser, signed in; no script of it may fail or be blocked."""
    wrong: list[str] = []
    context = browser.new_context(
        viewport={"width": 1440, "height": 900},
        locale="en-GB",
        timezone_id="Europe/Berlin",
        service_workers="block",
    )
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    context.on("console", lambda said: wrong.append(said.text) if "Content Security" in said.text else None)
    page = context.new_page()
    page.goto(f"{site.url}/sign-in?token={site.cloud.sessions.invite(CARER.id)}")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/patients/p-wei")
    page.close()
    yield context
    context.close()
    assert wrong == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    page = context.new_page()
    page.set_default_timeout(20_000)
    return page


def drawn(page: Page) -> None:
    """Wait until beats and trace are there."""
    expect(page.locator("#ecg-answer")).to_have_text(re.compile(r"about \d+ heart beats"), timeout=20_000)
    expect(page.locator("#ecg-paper[aria-busy=false]")).to_be_visible(timeout=20_000)


def darkest(page: Page, from_share: float, to_share: float) -> int:
    """How dark the darkest drawn pixel is in a part of the paper, from 0 (black) to 255."""
    return int(
        page.evaluate(
            """([from, to]) => { const c = document.querySelector("#ecg-paper canvas.trace");
                const left = Math.round(c.width * from), width = Math.round(c.width * (to - from));
                const d = c.getContext("2d").getImageData(left, 30, width, c.height - 90).data;
                let least = 255;
                for (let i = 0; i < d.length; i += 4) if (d[i + 3] > 200) least = Math.min(least, d[i]);
                return least; }""",
            [from_share, to_share],
        )
    )


def test_calipers_are_put_on_two_beats_and_moved_by_keys_and_by_hand(site: Site, page: Page) -> None:
    page.goto(site.page())
    drawn(page)
    page.get_by_role("button", name="Calipers").click()
    measured, second = page.locator("#ecg-measured"), page.get_by_role("slider", name="Second caliper")
    expect(measured).to_have_text(re.compile(r"^\d+ ms · \d+(\.\d)? /min$"))
    before_ms = int(re.split(r"\s", measured.inner_text())[0])
    second.press("ArrowRight")
    expect(measured).to_have_text(re.compile(f"^{before_ms + 4} ms"))
    second.press("Shift+ArrowLeft")
    expect(measured).to_have_text(re.compile(f"^{before_ms - 36} ms"))
    second.press("Enter")
    expect(measured).to_have_text(re.compile(f"^{before_ms} ms"))
    box = second.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 22, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 22 + 94.4882, box["y"] + 50)  # 25 mm: a second
    page.mouse.up()
    expect(measured).to_have_text(
        re.compile(f"^({before_ms + 999}|{before_ms + 1000}|{before_ms + 1001}) ms")
    )
    page.wait_for_url(re.compile(r"calipers=\d+-\d+"))


def test_the_address_holds_what_is_seen_and_shows_it_again(site: Site, page: Page) -> None:
    page.goto(site.page())
    drawn(page)
    page.get_by_label("Speed").select_option("50")
    page.get_by_label("Gain").select_option("5")
    page.get_by_role("button", name="Compare").click()
    page.locator("#ecg-paper").press("ArrowRight")
    page.wait_for_url(re.compile(f"speed=50&gain=5&hours=6&at={site.end_ms - 39_000}&usual=1"))
    page.reload()
    drawn(page)
    expect(page.locator("#ecg-scale")).to_have_text("50 mm/s · 5 mm/mV")
    expect(page.get_by_role("button", name="Compare")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("link", name="To print")).to_have_attribute("href", re.compile("speed=50&gain=5"))


def test_hours_are_moved_through_and_only_what_is_near_is_fetched(site: Site, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/waveforms/" in request.url else None)
    page.goto(site.page())
    drawn(page)
    assert 1 <= len(asked) <= 4
    glance = page.locator("#ecg-glance > svg").bounding_box()
    assert glance is not None
    from_ms, to_ms = (
        float(page.locator("[data-region=glance]").get_attribute(f"data-{side}-ms") or 0)
        for side in ("from", "to")
    )
    share = (site.end_ms - HOUR_MS + 60_000 - from_ms) / (to_ms - from_ms)
    page.mouse.click(glance["x"] + share * glance["width"], glance["y"] + 20)
    expect(page.locator("#ecg-answer")).to_contain_text("about 6", timeout=20_000)
    assert len(asked) <= 8
    page.get_by_role("link", name="Run of fast").click()
    drawn(page)
    expect(page.locator("#ecg-paper")).to_be_focused()


def test_missing_signal_is_hatched_and_never_a_line(site: Site, page: Page) -> None:
    page.goto(site.page(site.end_ms - 94_000))
    drawn(page)
    expect(page.locator("#ecg-state")).to_have_text("Part of the signal is missing.")
    page.wait_for_timeout(100)
    assert darkest(page, 0.0, 0.3) < 60
    assert 100 < darkest(page, 0.4, 0.55) < 255


def test_the_screen_is_measured_once_and_the_paper_grows_with_it(site: Site, page: Page) -> None:
    page.goto(site.page())
    drawn(page)
    page.get_by_text("True size on this screen").click()
    expect(page.locator("#ecg-screen-said")).to_contain_text("96 dots an inch")
    page.locator("#ecg-card").fill("323.5")
    expect(page.locator("#ecg-screen-said")).to_contain_text("as you measured it")
    page.reload()
    drawn(page)
    page.get_by_role("button", name="Calipers").click()
    expect(page.locator("#ecg-measured")).to_contain_text("ms")
    page.get_by_text("True size on this screen").click()
    assert page.locator("#ecg-card").input_value() == "323.5"
    page.get_by_role("button", name="Forget this measure").click()
    expect(page.locator("#ecg-screen-said")).to_contain_text("96 dots an inch")


def test_what_could_not_be_loaded_is_said_and_tried_again(site: Site, page: Page) -> None:
    page.route("**/waveforms/ecg?*", lambda route: route.abort())
    page.goto(site.page())
    expect(page.locator("#ecg-waits")).to_have_text("Part of this could not be loaded. It is tried again.")
    page.unroute("**/waveforms/ecg?*")
    drawn(page)


def test_live_follows_what_comes_and_stops_when_somebody_looks_back(site: Site, page: Page) -> None:
    page.goto(site.page())
    drawn(page)
    page.get_by_role("button", name="Follow live").click()
    expect(page.locator("#link-state")).to_have_text("Live")
    for strip in stored(RESTING, site.cloud.clock.wall_ms() - 8_000, seconds=8):
        site.cloud.live.publish("p-wei", "ecg", strip_event(strip))
    expect(page.locator("#ecg-lead")).to_be_attached()
    page.wait_for_function(
        """() => { const c = document.querySelector("#ecg-paper canvas.trace");
            const d = c.getContext("2d").getImageData(c.width * 0.6, 30, c.width * 0.4, c.height - 60).data;
            let n = 0; for (let i = 0; i < d.length; i += 4) if (d[i + 3] > 200 && d[i] < 60) n += 1;
            return n > 50; }""",
        timeout=20_000,
    )
    page.get_by_role("link", name="10 s earlier").click()
    expect(page.get_by_role("button", name="Follow live")).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#link-state")).to_be_hidden()


def evaluated(page: Page, site: Site, module: str, script: str) -> object:
    page.goto(f"{site.url}/offline")
    return page.evaluate(f"import('/static/{module}').then((m) => {{ {script} }})")


def test_a_scale_turns_time_and_voltage_into_pixels(site: Site, page: Page) -> None:
    found = evaluated(
        page,
        site,
        "ecg_scale.js",
        """const s = new m.Scale({ pxPerMm: 4, speed: 25, gain: 10 });
        return [s.pxPerMs, s.pxPerMv, s.spanMs(1000), s.with({ speed: 50 }).pxPerMs, m.measuredPxPerMm("6.3"),
            m.measuredPxPerMm("99"), m.measuredPxPerMm(null), m.middle([3, 1, 2]), m.middle([])];""",
    )
    assert found == [0.1, 40, 10_000, 0.2, 6.3, None, None, 2, None]


def test_calipers_say_what_lies_between_them(site: Site, page: Page) -> None:
    found = evaluated(
        page,
        site,
        "ecg_calipers.js",
        """const C = m.Calipers, two = new C(1000, 1800);
        return [two.ms, two.perMin, new C(1800, 1000).ms, new C(5, 5).perMin, new C(0, 6001).perMin,
            String(C.read("1000-1800")), C.read("x-1"), C.read(null), two.moved("a", 1400).ms,
            String(C.within(0, 900, [100, 300, 600, 800])), String(C.within(0, 900, [])),
            m.nearest([100, 300], 190), m.nearest([], 7)];""",
    )
    assert found == [800, 75, 800, None, None, "1000-1800", None, None, 400, "300-600", "300-600", 100, 7]


def test_strips_are_kept_in_order_as_counts_and_what_lacks_is_known(site: Site, page: Page) -> None:
    samples = struct.pack("<250h", *range(-125, 125))
    found = evaluated(
        page,
        site,
        "ecg_strips.js",
        f"""const text = btoa(String.fromCharCode(...{list(samples)}));
        const strip = {{ rate_hz: 250, scale: 0.5, offset: 1, samples: text, device: "d" }};
        const at = (t0_ms, lead = "I") => m.decoded({{ ...strip, t0_ms, lead }});
        const kept = new m.Strips();
        const added = [2000, 0, 1000, 1000, 5000].map((t) => kept.add(at(t)));
        kept.add(at(0, "II"));
        const strips = kept.between(500, 6000, "d.I");
        const [first] = strips;
        const before = [added, strips.map((s) => s.t0), first.counts.constructor.name, first.counts[0],
            first.t1, m.missing(strips, 500, 7000), m.missing([], 0, 20), kept.sources(0, 9000), kept.bytes];
        kept.keepWhere((s) => s.t1 > 2500 && s.t0 < 4000);
        return [...before, kept.between(0, 9000).map((s) => s.t0), kept.newest.t0];""",
    )
    assert found == [
        [True, True, True, False, True],
        [0, 1000, 2000, 5000],
        "Int16Array",
        -125,
        1000,
        [[3000, 5000], [6000, 7000]],
        [],
        ["d.I", "d.II"],
        2500,
        [2000],
        2000,
    ]


def test_windows_fetch_what_is_seen_and_beside_once_and_say_how_each_stands(site: Site, page: Page) -> None:
    found = evaluated(
        page,
        site,
        "ecg_windows.js",
        """const asked = []; let wall = 0, now = 250_000;
        const load = async (from) => { asked.push(from / 1000); if (from === 0) throw new Error("gone"); };
        const windows = new m.Windows(load, () => now, { wallMs: () => wall });
        return (async () => {
            const before = windows.state(70_000);
            await windows.want(60_000, 130_000);
            await windows.want(60_000, 130_000);
            const first = [...asked], times = [0, 70_000, 200_000, 249_999, 250_000, 245_000];
            const states = times.map((t) => windows.state(t));
            const known = windows.known(30_000, 150_000);
            wall = 6_000; now = 251_000;
            await windows.want(60_000, 130_000);
            const again = asked.slice(first.length);
            await windows.want(200_000, 251_000);
            windows.heardUntil(256_000);
            now = 257_000;
            const heard = [windows.state(255_000), windows.state(256_500)];
            for (now = 600_000; now < 3_600_000; now += 120_000) await windows.want(now - 60_000, now);
            return [before, first, states, known, again, heard, windows.held.length <= 16];
        })();""",
    )
    assert found == [
        "absent",
        [60, 120, 0, 180],
        ["failed", "loaded", "loaded", "absent", "ahead", "absent"],
        [[60_000, 150_000]],
        [0],
        ["loaded", "loaded"],
        True,
    ]
