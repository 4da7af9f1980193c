"""Names as somebody would choose them who wants to pass for another, or to spoil what stands around them."""

import pytest

from cloud.access.errors import UnfitError
from cloud.access.handles import normal_handle
from cloud.access.names import MOST_LETTERS, likeness, refuse_alike, shown_name

UNSEEN = {
    "a turn of direction": "Mei\u202eiL",
    "an isolate": "Mei\u2066x\u2069",
    "a zero-width space": "Mei\u200b",
    "a zero-width joiner": "M\u200dei",
    "a null": "Mei\x00",
    "an escape": "\x1b[31mMei",
    "half of a pair": "Mei\ud800",
    "a filler": "Mei\u3164",
    "an empty mark": "Mei\u034f",
    "a variation": "Mei\ufe0f",
    "an empty Braille cell": "Mei\u2800",
    "a tag": "Mei\U000e0041",
    "private use": "Mei\ue000",
}


@pytest.mark.parametrize("name", UNSEEN.values(), ids=UNSEEN)
def test_no_name_holds_what_nobody_sees(name: str) -> None:
    with pytest.raises(UnfitError, match="cannot be seen"):
        shown_name(name)
    with pytest.raises(UnfitError, match="cannot be seen"):
        normal_handle(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "   ",
        "1234",
        "...",
        "x" * (MOST_LETTERS + 1),
        "x" * 100_000,
        "e" + "\u0301\u0302\u0303" * 9,
        "M\u0435i",
    ],
    ids=["empty", "blank", "digits", "dots", "long", "very long", "overloaded", "two alphabets"],
)
def test_no_name_is_what_others_cannot_read(name: str) -> None:
    with pytest.raises(UnfitError):
        shown_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "Jo Hale",
        "Zoë O'Brien-Núñez",
        "王小明",
        "王小明 (Wang Xiaoming)",
        "Анна Иванова",
        "Νίκος Παπαδόπουλος",
        "محمد علي",
        "דנה כהן",
        "अनिता शर्मा",
        "김민수",
        "Nguyễn Thị Hạnh",
        "山田はなこ",
        "Dr. Mei 2",
    ],
)
def test_the_names_people_have_are_taken_as_they_are(name: str) -> None:
    assert shown_name(f"  {name} ") == name


ALIKE = {
    "capitals": "MEI LIN",
    "wide letters": "\uff2d\uff45\uff49 Lin",
    "no space": "MeiLin",
    "more spaces": "Mei   Lin",
    "a dot": "Mei Lin.",
    "accents": "M\u00e9i L\u00edn",
    "a digit": "Mei L1n",
    "a large i for a small l": "Mei Iin",
    "Cyrillic": "\u041c\u0435\u0456 L\u0456n",
    "Greek capitals": "\u039c\u0395\u0399 LIN",
}


@pytest.mark.parametrize("name", ALIKE.values(), ids=ALIKE)
def test_a_name_that_could_be_taken_for_anothers_is_refused(name: str) -> None:
    with pytest.raises(UnfitError, match="tells them apart"):
        refuse_alike(name, ["Ana", "Mei Lin"])


def test_names_of_which_none_could_be_taken_for_another_stand_beside_each_other() -> None:
    names = ["Mei Lin", "Mei Lin 2", "Mai Lin", "Ana", "Anna", "王小明", "王小華", "Анна", "Иван"]
    assert len({likeness(name) for name in names}) == len(names)
    for at, name in enumerate(names):
        refuse_alike(name, names[:at])


@pytest.mark.parametrize("name", ["you", "Somebody", "The service itself", "CAREW1RE"])
def test_nobody_goes_by_what_pages_say_of_themselves(name: str) -> None:
    with pytest.raises(UnfitError):
        refuse_alike(name, [])
