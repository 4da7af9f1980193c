import ast
from pathlib import Path

import pytest

from cloud.access.errors import UnfitError
from cloud.web.catalogues import catalogue
from cloud.web.refusals import refusal
from scripts.words import ROOT
from tests.fakes.cloud_services import ADMIN, CARER, ClientFor

CHINESE = {"accept-language": "zh-CN", "origin": "http://127.0.0.1:8080"}
SAID = {"CrowdedError", "TooManyTriesError", "UnfitError", "ValidationError", "WrongSignInError"}


def test_a_refusal_is_a_whole_sentence_in_the_readers_language() -> None:
    error = UnfitError("the name is too short: choose at least {fewest} letters", fewest=3)
    assert str(error) == "the name is too short: choose at least 3 letters"
    assert refusal(error).said(catalogue("en")) == "The name is too short: choose at least 3 letters."
    assert refusal(error).said(catalogue("zh")) == "登录名太短\N{FULLWIDTH COLON}至少3个字符。"


def test_a_message_with_braces_of_its_own_fills_nothing_in() -> None:
    error = UnfitError("leave {who} and {} out")
    assert refusal(error).said(catalogue("en")) == "Leave {who} and {} out."


@pytest.mark.parametrize("package", ["access", "web"])
def test_what_a_form_is_refused_with_can_be_looked_up_in_a_catalogue(package: str) -> None:
    written = [
        f"{path.name}:{call.lineno}"
        for path in Path(ROOT, "cloud", package).rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in SAID
        if call.args and isinstance(call.args[0], ast.JoinedStr)
    ]
    assert not written, "give the values by name: UnfitError('at most {most}', most=...)"


async def test_a_wrong_sign_in_is_refused_in_the_browsers_language(client_for: ClientFor) -> None:
    answer = await client_for(None).post(
        "/sign-in", data={"name": "nobody", "password": "not this one"}, headers=CHINESE
    )
    assert "登录名或密码不正确。" in answer.text


async def test_a_form_that_a_page_refuses_says_what_is_wrong_with_it(client_for: ClientFor) -> None:
    answer = await client_for(ADMIN).post("/admin/gateways/invitations", data={"gateway": "X"})
    assert answer.status_code == 422
    assert "A gateway&#39;s name is 3 to 40 small letters" in answer.text


async def test_a_page_that_is_not_there_is_said_in_the_browsers_language(client_for: ClientFor) -> None:
    answer = await client_for(CARER).get("/me/looks", headers=CHINESE)
    assert answer.status_code == 404
    assert "这里没有您可以查看的内容。" in answer.text
