import pytest

from cloud.web.paper.fonts import MISSING, Fonts, fonts


def drawn(text: str, found: Fonts, *, bold: bool = False) -> list[tuple[str, str]]:
    return [(run.font, run.text) for run in found.runs(text, bold=bold)]


def test_each_sign_is_drawn_by_a_font_that_has_it() -> None:
    assert drawn("Wei 张伟", fonts()) == [("Helvetica", "Wei "), ("STSong-Light", "张伟")]
    assert drawn("Žofie é", fonts(), bold=True) == [("Helvetica-Bold", "Žofie é")]
    assert drawn("김", fonts()) == [("HYSMyeongJo-Medium", "김")]


@pytest.mark.parametrize("text", ["𓂀", "🫀", "\U0001f9ff", "\ue000", "ꦲ"])
def test_a_sign_that_no_font_has_is_seen_to_be_missing(text: str) -> None:
    found = Fonts(wide=("Helvetica", "Helvetica-Bold"), wide_signs=frozenset())
    assert drawn(text, found) == [("STSong-Light", MISSING)]
    assert found.missing == {text}


@pytest.mark.parametrize("text", ["\x00", "a\x07b", "\u2028", "\ud800", "\r\n\t"])
def test_what_cannot_be_drawn_at_all_breaks_nothing(text: str) -> None:
    assert "".join(run.text for run in fonts().runs(text)).isprintable()


def test_markup_is_text() -> None:
    assert fonts().markup("<b>&") == '<font name="Helvetica">&lt;b&gt;&amp;</font>'


def test_without_a_font_of_many_scripts_reportlabs_own_is_used() -> None:
    assert fonts().wide_signs
    assert ord("ş") in fonts().wide_signs or ord("§") in fonts().wide_signs
