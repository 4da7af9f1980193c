"""The page: what it says first, what each value and alarm carries, and that no name can do harm."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from edge.now import Now
from edge.page.view import entry_page, home_page, message_page
from tests.fakes.home import FALL, HOSTILE, alarmed_home, hostile_home, quiet_home

FORM = "of-this-page"


class Outline(HTMLParser):
    """Elements and texts, as a browser takes them; every element that is opened must be closed."""

    VOID = frozenset({"meta", "link", "input", "img", "path", "circle"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def seen(now: Now) -> Outline:
    return Outline(home_page(now, token=FORM))


def first_words(now: Now) -> str:
    """Return what the heading says, without its mark."""
    (heading,) = re.findall(r"<h1.*?</h1>", home_page(now, token=FORM))
    return re.sub(r"<[^>]*>", "", heading).replace("&#x27;", "'")


def test_a_quiet_home_says_so_first() -> None:
    assert first_words(quiet_home()) == "No alarm, and every wearable is heard."


def test_the_most_urgent_alarm_nobody_sees_to_is_said_first() -> None:
    assert first_words(alarmed_home()) == (
        "Grandmother's pendant by the bed: perhaps a fall. It began 1 min ago."
    )


def test_once_somebody_sees_to_all_of_it_that_is_said() -> None:
    home = alarmed_home()
    taken = replace(home, alarms=tuple(replace(alarm, is_acknowledged=True) for alarm in home.alarms))
    assert first_words(taken) == "Somebody is seeing to it."


def test_a_wearable_that_is_not_heard_is_not_passed_over() -> None:
    home = replace(alarmed_home(), alarms=())
    assert first_words(home) == "No alarm; 2 of 3 wearables heard."
    assert first_words(replace(home, wearables=())) == "No wearable has been heard yet."


def test_a_value_has_its_unit_and_age_and_an_old_or_unsure_one_says_so() -> None:
    page = seen(alarmed_home())
    for words in ("64 /min now", "128/82 mmHg 1 h ago", "37.4 °C 1 h ago", "48 /min 6 min ago, unsure"):
        assert words in page.text
    old = [attributes for tag, attributes in page.elements if attributes.get("class") == "tile old"]
    assert len(old) == 2


def test_each_alarm_can_be_seen_to_or_silenced_unless_somebody_does_already() -> None:
    page = seen(alarmed_home())
    forms = [attributes["action"] for tag, attributes in page.elements if tag == "form"]
    assert sorted(forms) == ["/acknowledge"] * 3 + ["/lock"] + ["/silence"] * 2
    keys = [attributes["value"] for _, attributes in page.elements if attributes.get("name") == "key"]
    assert keys.count(FALL) == 2
    tokens = [attributes["value"] for _, attributes in page.elements if attributes.get("name") == "token"]
    assert tokens == [FORM] * len(forms)


def test_priority_is_a_word_and_a_shape_and_families_are_told_apart() -> None:
    page = seen(alarmed_home())
    for words in ("High priority", "Equipment, medium priority", "Equipment, low priority"):
        assert words in page.text


def test_the_cloud_the_backlog_and_the_battery_are_told() -> None:
    page = seen(alarmed_home())
    assert "not reached; alarms are told here" in page.text
    assert "18,412 records (21 MB), the oldest from 21 min ago" in page.text
    assert "Battery 9 %, change or charge it" in page.text
    assert "reached, acknowledged now" in seen(quiet_home()).text


def test_it_renews_itself_without_a_script() -> None:
    page = seen(quiet_home())
    assert ("meta", {"http-equiv": "refresh", "content": "10"}) in page.elements
    assert "script" not in {tag for tag, _ in page.elements}


@pytest.mark.parametrize("page", [home_page(hostile_home(), token=HOSTILE), message_page(HOSTILE, HOSTILE)])
def test_no_name_does_harm(page: str) -> None:
    outline = Outline(page)
    assert HOSTILE in outline.text
    allowed = {"html", "head", "meta", "title", "link", "body", "header", "span", "img", "main", "h1", "h2"}
    allowed |= {"p", "a", "footer", "section", "article", "div", "dl", "dt", "dd", "b", "form", "input"}
    allowed |= {"button", "svg", "path", "circle"}
    assert {tag for tag, _ in outline.elements} <= allowed
    assert {attributes["src"] for tag, attributes in outline.elements if tag == "img"} == {"/mark.svg"}
    assert not [name for _, attributes in outline.elements for name in attributes if name.startswith("on")]


def test_a_stranger_sees_a_field_and_nothing_of_this_home() -> None:
    page = Outline(entry_page(said="That is not the code."))
    assert "hallway" not in page.text
    fields = [attributes["name"] for tag, attributes in page.elements if tag == "input"]
    assert fields == ["code"]
