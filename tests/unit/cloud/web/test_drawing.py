from cloud.ports import Point
from cloud.web.drawing import GAP_MS, Box, curve, trace_paths

BOX = Box(width=100, height=40, margin=0)


def points(*pairs: tuple[int, float]) -> list[Point]:
    return [Point(t_ms=t_ms, value=value, quality=None, device="d") for t_ms, value in pairs]


def test_a_curve_fills_its_box() -> None:
    drawn = curve(points((0, 50.0), (5_000, 100.0), (10_000, 75.0)), 0, 10_000, BOX)
    assert drawn is not None
    assert drawn.path == "M0.0 40.0L50.0 0.0L100.0 20.0"
    assert (drawn.low, drawn.high, drawn.gaps) == (50.0, 100.0, ())


def test_a_gap_is_left_open_and_named() -> None:
    each_second = points((0, 50.0), (1_000, 55.0), (2_000, 60.0), (2_000 + GAP_MS, 70.0), (45_000, 100.0))
    drawn = curve(each_second, 0, 60_000, BOX)
    assert drawn is not None
    assert drawn.path.count("M") == 2
    assert drawn.gaps == ((28.3, 46.7),)


def test_a_point_that_is_joined_to_none_is_a_dot() -> None:
    drawn = curve(points((0, 50.0), (60_000, 60.0), (61_000, 70.0), (62_000, 70.0)), 0, 62_000, BOX)
    assert drawn is not None
    assert drawn.path.startswith("M0.0 40.0h0M")
    assert drawn.path.count("h0") == 1


def test_points_that_come_once_a_minute_are_joined_unless_more_than_one_is_missing() -> None:
    each_minute = points((0, 50.0), (60_000, 60.0), (120_000, 70.0), (600_000, 70.0))
    drawn = curve(each_minute, 0, 600_000, BOX)
    assert drawn is not None
    assert drawn.path.count("M") == 2
    assert len(drawn.gaps) == 1


def test_a_steady_value_is_drawn_in_the_middle_not_blown_up() -> None:
    drawn = curve(points((0, 70.0), (1_000, 71.0)), 0, 1_000, BOX)
    assert drawn is not None
    assert abs(drawn.y(70.5) - 20) < 0.1


def test_the_limit_is_within_the_drawing() -> None:
    drawn = curve(points((0, 70.0), (1_000, 90.0)), 0, 1_000, BOX, also=(131.0,))
    assert drawn is not None
    assert drawn.y(131.0) == 0


def test_nothing_is_not_drawn() -> None:
    assert curve([], 0, 1_000, BOX) is None


def test_a_beat_spans_its_box_whatever_its_size() -> None:
    assert trace_paths([[0, 100, 0]], BOX) == ["M0.0 40.0L50.0 0.0L100.0 40.0"]
    assert trace_paths([[5]], BOX) == ["M0.0 40.0"]
    assert trace_paths([[3, 3]], BOX) == ["M0.0 40.0L100.0 40.0"]


def test_traces_laid_over_one_another_have_one_scale_and_one_that_is_empty_no_path() -> None:
    assert trace_paths([[0, 50], [100, 0], []], BOX) == ["M0.0 40.0L100.0 20.0", "M0.0 0.0L100.0 40.0", ""]
