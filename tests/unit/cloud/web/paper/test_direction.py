import pytest

from cloud.web.paper.direction import visual


@pytest.mark.parametrize("text", ["Wei Zhang", "張偉 (Wei)", "", "Žofie 12"])
def test_what_runs_to_the_right_is_left_as_it_is(text: str) -> None:
    assert visual(text) == text


def test_a_hebrew_name_is_written_from_its_end() -> None:
    assert visual("דוד לוי") == "יול דוד"


def test_numbers_and_latin_within_it_still_run_to_the_right() -> None:
    assert visual("דוד 12") == "12 דוד"
    assert visual("דוד Levi") == "Levi דוד"
    assert visual("Levi דוד 1") == "Levi דוד 1"


def test_brackets_turn_with_what_they_hold() -> None:
    assert visual("דוד (לוי)") == "(יול) דוד"


def test_arabic_letters_join_as_they_are_written() -> None:
    # Mohammed: meem initial, haa medial, meem medial, dal final; from its end
    assert visual("محمد") == "\ufeaa\ufee4\ufea4\ufee3"


def test_lam_and_alef_are_one_letter() -> None:
    assert visual("لا") == "\ufefb"
    assert visual("سلام") == "\ufee1\ufefc\ufeb3"


def test_marks_stay_with_their_letter() -> None:
    assert visual("מָ") == "מָ"


def test_what_stands_isolated_turns_by_itself_alone() -> None:
    assert visual("\u2068דגל\u2069 · 12 Nov") == "לגד · 12 Nov"


def test_signs_that_only_turn_others_are_not_drawn() -> None:
    assert visual("\u202eevil\u202c") == "evil"
