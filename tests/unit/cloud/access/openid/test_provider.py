"""A provider that is away or slow, and how often it is asked for what it published."""

from cloud.access.openid.provider import AGES_S, KEYS_REST_S, MOST_AT_ONCE
from cloud.access.openid.refusals import OpenIdRefusal
from cloud.notifiers.http_post import Answer
from tests.fakes.cloud_services import DOCTOR
from tests.fakes.identity_provider import ec_key
from tests.fakes.openid_desk import Desk, refused


def test_a_provider_that_is_away_is_said_to_be_and_found_again(desk: Desk) -> None:
    desk.link()
    desk.hospital.is_away = True
    log_in = desk.open()
    assert refused(log_in.begin) == (OpenIdRefusal.AWAY, "status 503")
    desk.hospital.is_away = False
    assert desk.came_back(log_in) == DOCTOR


def test_a_provider_that_nobody_answers_for_is_away(desk: Desk) -> None:
    desk.issuer = "http://127.0.0.1:9"
    assert refused(desk.open().begin) == (OpenIdRefusal.AWAY, "no answer")


def test_few_wait_for_a_slow_provider(desk: Desk) -> None:
    log_in = desk.open()
    waiting: list[None] = []
    told: list[tuple[OpenIdRefusal, str]] = []

    def slow(*_: object) -> Answer:
        waiting.append(None)
        if len(waiting) == MOST_AT_ONCE:
            told.append(refused(log_in.begin))
        else:
            refused(log_in.begin)
        return Answer(status=500)

    log_in.provider.exchange = slow
    assert refused(log_in.begin) == (OpenIdRefusal.AWAY, "status 500")
    assert len(waiting) == MOST_AT_ONCE
    assert told == [(OpenIdRefusal.BUSY, "")]


def test_documents_are_asked_for_once_an_hour(desk: Desk) -> None:
    desk.link()
    log_in = desk.open()
    for _ in range(3):
        assert desk.came_back(log_in) == DOCTOR
    reads = [asked for asked in desk.hospital.asked if asked.startswith("GET")]
    assert reads == ["GET /.well-known/openid-configuration", "GET /keys"]
    desk.clock.advance(AGES_S)
    assert desk.came_back(log_in) == DOCTOR
    assert [asked for asked in desk.hospital.asked if asked.startswith("GET")] == reads * 2


def test_a_new_key_is_found_when_it_is_first_used_and_an_old_one_forgotten(desk: Desk) -> None:
    desk.link()
    log_in = desk.open()
    assert desk.came_back(log_in) == DOCTOR
    desk.hospital.key = ec_key("k2")
    assert refused(lambda: desk.came_back(log_in)) == (OpenIdRefusal.NOT_TRUSTED, "key")
    desk.clock.advance(KEYS_REST_S)
    assert desk.came_back(log_in) == DOCTOR
    desk.hospital.key, desk.hospital.published = ec_key("k1"), [ec_key("k2").as_dict(private=False)]
    assert refused(lambda: desk.came_back(log_in)) == (OpenIdRefusal.NOT_TRUSTED, "key")


def test_names_made_up_for_keys_do_not_make_us_ask_again_and_again(desk: Desk) -> None:
    desk.link()
    log_in = desk.open()
    desk.hospital.header = {"kid": "made-up"}
    for _ in range(5):
        refused(lambda: desk.came_back(log_in))
    assert desk.hospital.asked.count("GET /keys") == 1
