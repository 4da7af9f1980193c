"""What somebody wrote, or a device sent, is shown on every page as it was written, and does nothing."""

from collections.abc import Iterator
from html import unescape

import pytest

from cloud.application import application
from tests.fakes.cloud_services import FakeCloud
from tests.fakes.furnished import ROLES
from tests.fakes.hostile import ADDRESS, MARKUP, hostile
from tests.fakes.markup import markup
from tests.fakes.pages import every_page, every_question, read_as

FILLED_IN = str(1337 * 1337)


def opened(pages: list[tuple[str, str]]) -> Iterator[str]:
    for path, page in pages:
        yield from (f"{path}: {door}" for door in markup(page).doors)
        if FILLED_IN in page:
            yield f"{path}: a template was filled in"


@pytest.mark.parametrize("text", [MARKUP, ADDRESS], ids=["markup", "address"])
@pytest.mark.parametrize("role", ["nobody", *ROLES])
async def test_a_hostile_text_in_every_field_does_nothing_on_any_page(role: str, text: str) -> None:
    cloud = hostile(FakeCloud(), text)
    app = application(cloud.services)
    paths = [*every_page(app), *every_question(app, text), f"/{text.replace('/', '')}"]
    pages = await read_as(ROLES.get(role), cloud, paths)
    assert list(opened(pages)) == []
    if role in {"patient", "caregiver", "clinician"}:
        shown = [path for path, page in pages if text in unescape(page)]
        assert len(shown) > 8


def test_what_would_run_is_found() -> None:
    page = f"<p title='{MARKUP}'><a href=' JavaScript:x'>.</a><b style='x'>.</b><base href=/>"
    found = [each.partition(" ")[0].strip("<>") for each in markup(page).doors]
    assert found == ["img", "script", "a", "b", "base"]
