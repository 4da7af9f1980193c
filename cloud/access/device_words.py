"""A browser in words its owner knows again: what it says of itself, and never trusted for anything."""

from typing import Final

__all__ = ["PROGRAM", "device_words"]

PROGRAM: Final = "a program"

_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
"""In this order: most call themselves by the names below theirs, too."""
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "Chromebook"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)


def device_words(user_agent: str) -> str:
    """Return words such as "Firefox on Android"; of a program that is no browser, "a program"."""
    browser = next((words for mark, words in _BROWSERS if mark in user_agent), None)
    system = next((words for mark, words in _SYSTEMS if mark in user_agent), None)
    if browser is None:
        return PROGRAM
    return browser if system is None else f"{browser} on {system}"
