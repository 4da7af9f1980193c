import re
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from cloud.alerts.wording.language import languages
from cloud.web import catalogues as module
from cloud.web.catalogues import catalogue, catalogues
from scripts.words import brought_up, said, untranslated

FOLDER = Path(str(files("cloud.web"))) / "languages"
FILES = sorted(FOLDER.glob("*.po"), key=lambda path: path.name)
JINJA = re.compile(r"{% block width %}.*?{% endblock %}|{%.*?%}|{#.*?#}|{{.*?}}", re.DOTALL)
HTML = re.compile(r"<code>.*?</code>|<[^>]*>", re.DOTALL)
LETTERS = re.compile(r"[^\W\d_]{2}[^\n]*")
SAME_EVERYWHERE = {"base.html: Carewire", "patient.html: mm/s · 10 mm/mV ·"}
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


@pytest.fixture(scope="module")
def messages() -> Catalog:
    return said()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_catalogue_holds_what_pages_say_and_nothing_else(path: Path, messages: Catalog) -> None:
    content = path.read_bytes()
    assert brought_up(content, messages) == content, "run `make words`, then translate what came in"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_sentence_is_translated_and_nobody_was_unsure(path: Path) -> None:
    assert [message.id for message in untranslated(path.read_bytes())] == []


def test_what_is_missing_unsure_or_said_no_more_is_found() -> None:
    header = b'msgid ""\nmsgstr ""\n"Language: es\\n"\n\n'
    catalogue = header + b'#, fuzzy\nmsgid "Old"\nmsgstr "Viejo"\n\nmsgid "Yes"\nmsgstr ""\n'
    assert [message.id for message in untranslated(catalogue)] == ["Old", "Yes"]
    spoken = Catalog()
    spoken.add("Yes")
    assert b"Viejo" not in brought_up(catalogue, spoken)


def test_a_template_says_nothing_that_cannot_be_translated() -> None:
    found = {
        f"{path.name}: {' '.join(text.split())}"
        for path in Path(str(files("cloud.web")), "templates").glob("*.html")
        for text in LETTERS.findall(HTML.sub(" ", JINJA.sub(" ", path.read_text(encoding="utf-8"))))
    }
    assert found - SAME_EVERYWHERE == set()


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
