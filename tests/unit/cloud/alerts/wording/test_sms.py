"""What fits one SMS, at the last place and one beyond."""

import pytest

from cloud.alerts.wording.sms import fits, fitted, plain, sentences


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("a" * 160, True),
        ("a" * 161, False),
        ("[" * 80, True),
        ("[" * 80 + "a", False),
        ("é" * 160, True),
        ("血" * 70, True),
        ("血" * 71, False),
        ("a" * 69 + "血", True),
        ("a" * 70 + "血", False),
        ("😀" * 35, True),
        ("😀" * 35 + "a", False),
        ("", True),
    ],
)
def test_a_text_is_one_sms(text: str, *, is_one: bool) -> None:
    assert fits(text) is is_one


def test_marks_that_would_cost_half_the_room_give_way() -> None:
    assert plain("39.2 °C – it’s “high”…") == '39.2 C - it\'s "high"...'
    assert fits(plain("°" * 10 + "a" * 160))


def test_sentences_are_told_apart_and_decimals_are_not() -> None:
    assert sentences("It is 2.5 mmol/L. Sit down.") == ["It is 2.5 mmol/L.", "Sit down."]
    assert sentences("血糖为2.5mmol/L。请坐下。") == ["血糖为2.5mmol/L。", "请坐下。"]
    assert sentences("") == []


def test_what_has_no_room_ends_the_line() -> None:
    assert fitted(["First.", "a" * 200, "Last."], " ") == "First."
    assert fitted(["First.", "Second.", "a" * 150], " ") == "First. Second."


@pytest.mark.parametrize("first", ["a" * 500, "血" * 500])
def test_a_first_part_too_long_is_cut_and_says_so(first: str) -> None:
    line = fitted([first, "More."], " ")
    assert fits(line)
    assert line.endswith("...")
    assert len(line) in {160, 70}
