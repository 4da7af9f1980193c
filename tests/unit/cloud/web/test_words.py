import pytest

from cloud.web.catalogues import catalogue
from cloud.web.words import NN_, OfAlerts, Sentence, isolated, say

ENGLISH = catalogue("en")
ARABIC = "عائشة"


def test_a_sentence_holds_sentences_and_what_alerts_are_said_in() -> None:
    named = OfAlerts(told=lambda reader: reader.words.name)
    inner = Sentence(message="in {which}", fields={"which": named})
    outer = Sentence(message="{n} words {where}", fields={"n": 2, "where": inner})
    assert say(outer, ENGLISH) == "2 words in English"
    assert say(outer, catalogue("zh")) == "2 words in 简体中文"


@pytest.mark.parametrize(("n", "expected"), [(1, "1 day"), (0, "0 days"), (7, "7 days")])
def test_a_number_chooses_the_form_of_its_sentence(n: int, expected: str) -> None:
    assert say(Sentence(message=NN_("{n} day", "{n} days"), fields={"n": n}), ENGLISH) == expected


def test_a_plural_without_its_number_is_refused() -> None:
    with pytest.raises(TypeError, match="for a number in the field n"):
        say(Sentence(message=NN_("{n} day", "{n} days"), fields={"n": "seven"}), ENGLISH)


def test_a_name_written_from_right_to_left_turns_nothing_but_itself() -> None:
    said = say(Sentence(message="{who}: 2 alerts", fields={"who": ARABIC}), ENGLISH)
    assert said == f"\N{FIRST STRONG ISOLATE}{ARABIC}\N{POP DIRECTIONAL ISOLATE}: 2 alerts"


@pytest.mark.parametrize("text", ["Lin", "王芳", "", "Ann-Marie 2"])
def test_a_name_that_turns_nothing_stays_as_it_is(text: str) -> None:
    assert isolated(text) == text


def test_a_sign_that_would_turn_the_rest_of_a_page_is_closed_in() -> None:
    assert isolated("Ann\N{RIGHT-TO-LEFT OVERRIDE}ne").startswith("\N{FIRST STRONG ISOLATE}")
