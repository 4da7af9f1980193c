"""Bring every catalogue of the pages up to what templates and code say, and tell what is left to translate.

Run as `make words`. New sentences come in empty, those that nobody says any more go; nothing is guessed.
"""

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT: Final = Path(__file__).parent.parent
LANGUAGES: Final = ROOT / "cloud" / "web" / "languages"
_METHODS: Final = [("web/templates/**.html", "jinja2"), ("web/**.py", "python")]
_OPTIONS: Final = {
    "web/templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"},
}
_KEYWORDS: Final = DEFAULT_KEYWORDS | {"N_": None, "NN_": (1, 2)}
"""What marks a message: `cloud/web/words.py` says how code does it, `_` and `ngettext` how templates do."""
_REFUSING: Final = [
    ("access/**.py", "python"),
    ("care/message_desk.py", "python"),
    ("care/note_desk.py", "python"),
    ("care/plain_text.py", "python"),
    ("care/symptoms.py", "python"),
    ("commands/waveforms.py", "python"),
    ("wearing/**.py", "python"),
    ("web/**.py", "python"),
]
_REFUSALS: Final = {
    "CrowdedError": None,
    "NotWornError": None,
    "NothingWornError": None,
    "ProblemError": (2,),
    "TooManyAskedError": None,
    "TooManyTriesError": None,
    "UnfitError": None,
    "ValidationError": None,
    "WrongSignInError": None,
}
"""Errors whose messages a form is shown again with, and where those are raised (`cloud/web/refusals.py`)."""
_WIDTH: Final = 110
_OF_ITS_OWN: Final = tuple(
    f'"{name}:'.encode()
    for name in (
        "Project-Id-Version",
        "Report-Msgid-Bugs-To",
        "POT-Creation-Date",
        "PO-Revision-Date",
        "Last-Translator",
        "Language-Team",
        "Generated-By",
    )
)
"""Lines of a header that git knows better, or that would differ each time."""


def said() -> Catalog:
    """Return every message that pages say, with the file it is said in."""
    found = Catalog(charset="utf-8")
    for methods, keywords in ((_METHODS, _KEYWORDS), (_REFUSING, _REFUSALS)):
        for name, _, message, comments, context in extract_from_dir(
            ROOT / "cloud", methods, _OPTIONS, keywords, comment_tags=["NOTE:"], strip_comment_tags=True
        ):
            found.add(message, locations=[(f"cloud/{name}", 0)], auto_comments=comments, context=context)
    return found


def brought_up(catalogue: bytes, messages: Catalog) -> bytes:
    """Return a catalogue with the messages that are said now, sorted: two people's additions merge."""
    known = read_po(io.BytesIO(catalogue), abort_invalid=True)
    known.update(messages, no_fuzzy_matching=True, update_creation_date=False)
    known.obsolete.clear()
    written = io.BytesIO()
    write_po(written, known, width=_WIDTH, sort_output=True, include_lineno=False, include_previous=False)
    lines = written.getvalue().splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(_OF_ITS_OWN))


def untranslated(catalogue: bytes) -> Iterator[Message]:
    """Yield the messages for which a catalogue has no words, or words that somebody was not sure of."""
    for message in read_po(io.BytesIO(catalogue), abort_invalid=True):
        words = message.string if isinstance(message.string, tuple) else (message.string,)
        if message.id and (message.fuzzy or not all(words)):
            yield message


def main() -> int:
    """Rewrite the catalogues; return 1 if anything is left to translate."""
    messages, left = said(), 0
    for path in sorted(LANGUAGES.glob("*.po")):
        path.write_bytes(brought_up(path.read_bytes(), messages))
        missing = list(untranslated(path.read_bytes()))
        left += len(missing)
        sys.stdout.write(f"{path.name}: {len(missing)} of {len(messages)} left to translate\n")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
