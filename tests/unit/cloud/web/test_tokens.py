"""Every pair of colours that a page puts together stands apart, light and dark (WCAG 2.2: 1.4.3, 1.4.11)."""

import re
from importlib.resources import files

import pytest

SHEETS = files("cloud.web").joinpath("static", "styles")
TOKENS = SHEETS.joinpath("tokens.css").read_text()
TEXT, LARGE_OR_DRAWN = 4.5, 3.0
GROUNDS = ("ground", "surface", "sunken", "raised", "pressed")
PRIORITIES = ("high", "medium", "low")
PAIRS = [
    *((ink, ground, TEXT) for ink in ("text", "text-soft") for ground in GROUNDS),
    *((ink, ground, TEXT) for ink in ("accent", "accent-strong") for ground in GROUNDS),
    ("on-accent", "accent", TEXT),
    ("on-accent", "accent-strong", TEXT),
    ("ground", "text", TEXT),
    *((line, ground, LARGE_OR_DRAWN) for line in ("edge", "trace") for ground in ("ground", "surface")),
    ("edge", "sunken", LARGE_OR_DRAWN),
    *((f"{each}-on", f"{each}-fill", TEXT) for each in PRIORITIES),
    *((f"{each}-text", ground, TEXT) for each in PRIORITIES for ground in ("ground", "surface")),
    *((f"{each}-line", ground, LARGE_OR_DRAWN) for each in PRIORITIES for ground in ("ground", "surface")),
    *((f"{each}-text", f"{each}-tint", TEXT) for each in PRIORITIES),
    *((f"{each}-line", f"{each}-tint", LARGE_OR_DRAWN) for each in PRIORITIES),
    *((ink, f"{each}-tint", TEXT) for each in PRIORITIES for ink in ("text", "text-soft", "accent")),
]
"""What is written or drawn, on what, and the least contrast."""


def schemes() -> dict[str, dict[str, str]]:
    light, dark = (dict(re.findall(r"--([\w-]+): ([^;]+);", part)) for part in TOKENS.split("@media", 1))
    return {"light": light, "dark": light | dark}


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize(("colour", "ground", "least"), PAIRS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_written_stands_out_from_its_ground(
    scheme: str, colour: str, ground: str, least: float
) -> None:
    tokens = schemes()[scheme]
    assert contrast(tokens[colour], tokens[ground]) >= least


def test_contrast_is_reckoned_as_wcag_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


def test_every_token_is_used_and_every_one_used_is_there() -> None:
    sheets = "".join(each.read_text() for each in SHEETS.iterdir())
    scripts = "".join(
        each.read_text()
        for each in files("cloud.web").joinpath("static").iterdir()
        if each.name.endswith(".js")
    )
    named_in_scripts = set(re.findall(r"\"([\w-]+)\"", scripts)) & set(schemes()["light"])
    used = set(re.findall(r"var\(--([\w-]+)", sheets)) | named_in_scripts
    scale = {f"space-{step}" for step in range(1, 8)}
    of_priorities = {"fill", "on", "ink", "rim", "tint"}
    assert used - of_priorities | scale == set(schemes()["light"])


def test_colours_stand_among_the_tokens_alone() -> None:
    for sheet in SHEETS.iterdir():
        if sheet.name not in {"tokens.css", "print.css"}:
            found = set(re.findall(r"#[0-9a-f]{3,8}\b|rgb\(", sheet.read_text()))
            assert found <= {"#fff"}, sheet.name  # the ground of a QR code is white in any scheme
