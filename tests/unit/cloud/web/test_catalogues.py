import re
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from cloud.alerts.wording.language import languages
from cloud.web import catalogues as module
from cloud.web.catalogues import catalogue, catalogues

FOLDER = Path(str(files("cloud.web"))) / "languages"
FILES = sorted(FOLDER.glob("*.po"), key=lambda path: path.name)
PLACES = re.compile(r"%\((\w+)\)|\{(\w+)\}")


def named(text: str) -> set[str]:
    return {found.group(1) or found.group(2) for found in PLACES.finditer(text)}


def test_pages_and_alerts_are_in_the_same_languages() -> None:
    assert set(catalogues()) == set(languages())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_sentence_fills_in_what_the_english_one_does(path: Path) -> None:
    with path.open("rb") as file:
        read = read_po(file, abort_invalid=True)
    for message in read:
        for words in (message.string,) if isinstance(message.string, str) else message.string:
            english = message.id if isinstance(message.id, str) else message.id[-1]
            if english and words:
                assert named(words) == named(english), english
                assert not list(message.check(read)), english


def test_the_nearest_language_is_read_and_english_where_there_is_none() -> None:
    assert catalogue("zh-CN").tag == "zh"
    assert catalogue("tlh").tag == "en"
    assert str(catalogue("zh").locale) == "zh_Hans"


def test_a_file_that_does_not_say_its_language_is_refused_by_its_name() -> None:
    with pytest.raises(ValueError, match=r"languages/es\.po: say in the header"):
        module._read("es.po", b'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n')


def test_a_sentence_without_words_is_said_in_english() -> None:
    assert catalogue("zh").gettext("nobody translated this") == "nobody translated this"
    assert catalogue("zh").gettext("") == ""
