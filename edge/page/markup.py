"""HTML by construction: whatever is text is escaped, and only what was made here is not."""

from html import escape

__all__ = ["Markup", "document", "element"]

_VOID = frozenset({"input", "link", "meta"})


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def element(tag: str, /, *children: str | None, **attributes: str | bool | None) -> Markup:
    """Return an element; a child that is no `Markup` is text, `None` is left out.

    An attribute of Python's own words ends in an underscore (`class_`), one with hyphens is written
    with underscores (`http_equiv`); `True` stands alone, `False` and `None` are left out.
    """
    head = "".join([tag, *(_attribute(key, value) for key, value in attributes.items())])
    if tag in _VOID:
        return Markup(f"<{head}>")
    return Markup(f"<{head}>{_joined(children)}</{tag}>")


def document(*children: str | None) -> str:
    """Return a whole page in English."""
    return f"<!doctype html>{element('html', *children, lang='en')}"


def _joined(children: tuple[str | None, ...]) -> str:
    return "".join(
        child if isinstance(child, Markup) else escape(child) for child in children if child is not None
    )


def _attribute(key: str, value: str | bool | None) -> str:  # noqa: FBT001 - HTML has attributes that are or are not
    name = key.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{escape(value)}"'
