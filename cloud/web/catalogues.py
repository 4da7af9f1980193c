"""The sentences of pages by language: a `.po` file in `languages/` each, found and compiled when first read.

English is what the sentences are written in, and needs no file. `docs/adding-a-language.md` adds another.
"""

import gettext
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from cloud.alerts.wording.language import DEFAULT_LANGUAGE, chosen

__all__ = ["Catalogue", "catalogue", "catalogues"]

_SUFFIX: Final = ".po"


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """One language: its tag, how it writes numbers and dates, and what it says for an English sentence."""

    tag: str
    locale: Locale
    translations: gettext.NullTranslations

    def gettext(self, message: str) -> str:
        """Return a sentence; the English one where there is no other."""
        return self.translations.gettext(message) if message else ""

    def ngettext(self, one: str, many: str, count: int) -> str:
        """Return the form of a sentence that goes with a number."""
        return self.translations.ngettext(one, many, count)


def catalogue(tag: str) -> Catalogue:
    """Return the nearest language there is: its primary one, else English."""
    found = catalogues()
    return found.get(chosen([tag]), found[DEFAULT_LANGUAGE])


@cache
def catalogues() -> Mapping[str, Catalogue]:
    """Return every language there is, by the tag that people choose it by.

    Raises
    ------
    ValueError
        If a file cannot be read, or does not say in its header which language it is.
    """
    english = Catalogue(
        tag=DEFAULT_LANGUAGE, locale=Locale(DEFAULT_LANGUAGE), translations=gettext.NullTranslations()
    )
    folder = files(__package__).joinpath("languages")
    read = [_read(one.name, one.read_bytes()) for one in folder.iterdir() if one.name.endswith(_SUFFIX)]
    return MappingProxyType({one.tag: one for one in (english, *read)})


def _read(name: str, content: bytes) -> Catalogue:
    source = read_po(io.BytesIO(content), abort_invalid=True)
    if source.locale is None:
        raise ValueError(
            f"languages/{name}: say in the header which language it is, such as Language: zh_Hans"
        )
    compiled = io.BytesIO()
    write_mo(compiled, source)
    compiled.seek(0)
    return Catalogue(
        tag=name.removesuffix(_SUFFIX),
        locale=source.locale,
        translations=gettext.GNUTranslations(compiled),
    )
