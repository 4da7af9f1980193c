"""Bodies made to be understood differently by different readers, or to break one."""

import pytest

from cloud.access.sessions import SESSION_LIFE_MS
from cloud.api.problems import ProblemError
from cloud.api.strict_json import MOST_DEEP, check_json
from tests.fakes.alerts import an_alert
from tests.fakes.cloud_services import CARER, DOCTOR, ClientFor, FakeCloud

BAD = {
    "deep nesting": b'{"a":' * 2_000 + b"1" + b"}" * 2_000,
    "deeper nesting": b"[" * 16_000,
    "nesting just too deep": b"[" * (MOST_DEEP + 1) + b"]" * (MOST_DEEP + 1),
    "a field twice": b'{"reason": "real", "reason": "known"}',
    "a field twice, inside": b'{"a": [{"b": 1, "b": 2}]}',
    "NaN": b'{"value": NaN}',
    "Infinity": b'{"value": -Infinity}',
    "an integer of many digits": b'{"value": ' + b"9" * 10_000 + b"}",
    "an integer of 65 bits": b'{"value": 9223372036854775808}',
    "half a character": b'{"reason": "\\ud800"}',
    "half a character in a name": b'{"\\udc00": 1}',
    "a NUL": b'{"reason": "a\\u0000b"}',
    "a NUL in a list": b'["a\\u0000b"]',
    "a long name": b'{"' + b"a" * 300 + b'": 1}',
    "no JSON": b"{reason: real}",
    "no UTF-8": b'{"reason": "\xff"}',
    "UTF-16": '{"reason": "real"}'.encode("utf-16"),
    "nothing": b"",
}
GOOD = {
    "the deepest nesting": b"[" * MOST_DEEP + b"1" + b"]" * MOST_DEEP,
    "both ends of 64 bits": b"[9223372036854775807, -9223372036854775807]",
    "any whole character": '{"reason": "\U0001f9d1\u200d\u2695\ufe0f 你好"}'.encode(),
    "a pair that is one character": b'["\\ud83e\\uddd1"]',
    "a number with a point": b'{"value": 1e308}',
    "a word": b'"real"',
}


@pytest.mark.parametrize("case", BAD)
def test_what_could_be_understood_in_two_ways_is_refused(case: str) -> None:
    with pytest.raises(ProblemError, match="correct it") as refused:
        check_json(BAD[case])
    assert refused.value.status == 422
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize("case", GOOD)
def test_what_everybody_understands_is_taken(case: str) -> None:
    check_json(GOOD[case])


@pytest.mark.parametrize("case", BAD)
async def test_the_api_answers_it_as_any_wrong_field(
    cloud: FakeCloud, client_for: ClientFor, case: str
) -> None:
    cloud.alerts.alerts["a"] = an_alert()
    answer = await client_for(CARER).post(
        "/api/v1/alerts/a/acknowledge", content=BAD[case], headers={"content-type": "application/json"}
    )
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/patients/p%00wei",
        "/api/v1/patients?after=%00",
        "/patients/%00",
        "/api/v1/patients/p-wei/observations?kind=heart_rate%00",
        "/sign-in?token=%00",
    ],
)
async def test_text_no_store_takes_is_refused_wherever_it_stands(client_for: ClientFor, path: str) -> None:
    assert (await client_for(DOCTOR).get(path)).status_code == 422


async def test_a_secret_of_any_bytes_signs_nobody_in(cloud: FakeCloud, client_for: ClientFor) -> None:
    cloud.sessions.issue(CARER.id, SESSION_LIFE_MS)
    for secret in (b"\x80\xff", b"a" * 8_000, b"\xe2\x98\x83"):
        answer = await client_for(None).get("/api/v1/me", headers={b"authorization": b"Bearer " + secret})
        assert answer.status_code == 401
