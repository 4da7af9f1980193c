"""What is so of every page there is, as everybody who may open it."""

import re

import pytest

from cloud.application import application
from cloud.web.static_files import static_files
from tests.fakes.cloud_services import FakeCloud
from tests.fakes.furnished import ROLES, furnished
from tests.fakes.in_english import left_in_english
from tests.fakes.markup import markup
from tests.fakes.pages import every_page, read_as

MOST_BYTES = 200_000
FILE = re.compile(r'(?:href|src)="/static/(?:[0-9a-f]{16}/)?([a-z0-9_.-]+)"')


def weight(page: str) -> int:
    """How many bytes a browser that kept nothing is sent for a page."""
    files = static_files()
    return len(page.encode()) + sum(len(files[name].packed) for name in set(FILE.findall(page)))


@pytest.mark.parametrize("role", ["nobody", *ROLES])
async def test_a_page_is_small_and_a_chinese_one_leaves_nothing_in_english(role: str) -> None:
    cloud = furnished(FakeCloud())
    paths = every_page(application(cloud.services))
    pages = await read_as(ROLES.get(role), cloud, paths, "zh-CN")
    assert {path for path, page in pages if weight(page) >= MOST_BYTES} == set()
    left = {path: left_in_english(markup(page).said) for path, page in pages}
    assert {path: texts for path, texts in left.items() if texts} == {}
    assert all(re.search("[\u4e00-\u9fff]{2}", page) for _, page in pages)


def test_what_a_page_is_made_of_is_weighed() -> None:
    page = '<link href="/static/0123456789abcdef/carewire.css"><img src="/static/icon-512.png">'
    named = ("carewire.css", "icon-512.png")
    assert weight(page) == len(page) + sum(len(static_files()[name].packed) for name in named)


@pytest.mark.parametrize(
    "text",
    [
        "Sign in",
        "  Sign\n out ",
        "Wei: everything looks as usual.",
        "Fast heart rate",
        "周一: nobody is on duty then",
    ],
)
def test_a_sentence_that_is_left_in_english_is_found(text: str) -> None:
    assert left_in_english(["登录", text, "Wei", "72"]) == [" ".join(text.split())]
