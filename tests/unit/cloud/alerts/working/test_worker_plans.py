"""Rules that are changed are in force with the next judgement."""

from structlog.testing import capture_logs

from cloud.care.facts import FactsRemembered
from cloud.care.plans import Plans
from cloud.care.rules import RulesRemembered
from cloud.ports import AlertState
from tests.fakes.alert_house import FAST, House
from tests.fakes.alert_material import at, slice_of, steady
from tests.fakes.fact_book import FakeFactBook
from tests.fakes.rule_book import FakeRuleBook, change_of


def plans_by(book: FakeRuleBook) -> Plans:
    """Return plans as a process of its own has them."""
    return Plans(facts=FactsRemembered(book=FakeFactBook()), rules=RulesRemembered(book=book))


def test_a_limit_that_is_moved_under_an_open_alert_is_what_ends_it() -> None:
    house, book = House(), FakeRuleBook()
    worker = house.worker(plans=plans_by(book))
    house.receive(FAST)
    worker.step()
    assert house.conditions == {"tachycardia": AlertState.ACTIVE}
    book.add(change_of("tachycardia", limit=160))
    house.clock.wall = at(101)
    house.receive(slice_of(steady(142, 65, 100), received_s=101, name="as fast"))
    worker.step()
    assert house.conditions == {"tachycardia": AlertState.RESOLVED}
    assert [state for _, state in house.notifier.told] == [AlertState.ACTIVE, AlertState.RESOLVED]


def test_an_alert_whose_row_is_switched_off_ends_with_the_next_tick_and_whoever_was_told_hears_of_it() -> (
    None
):
    house, book = House(), FakeRuleBook()
    worker = house.worker(plans=plans_by(book))
    house.receive(slice_of(steady(38, 0, 60), received_s=61, name="slow"))
    worker.step()
    assert house.conditions == {"bradycardia": AlertState.ACTIVE}
    book.add(change_of("bradycardia", is_off=True))
    house.clock.advance(6)
    with capture_logs() as logged:
        worker.step()
    assert [one["because"] for one in logged if one["event"] == "alert.transition"] == ["not-watched"]
    assert house.conditions == {"bradycardia": AlertState.RESOLVED}
    assert [state for _, state in house.notifier.told] == [AlertState.ACTIVE, AlertState.RESOLVED]


def test_a_change_is_in_force_in_whichever_process_judges_next() -> None:
    house, book = House(), FakeRuleBook()
    processes = [house.worker(plans=plans_by(book)) for _ in range(2)]
    for one in processes:
        one.step()
    book.add(change_of("tachycardia", limit=150))
    for number, one in enumerate(processes):
        house.receive(slice_of(steady(142, 0, 60), received_s=61, name=f"fast {number}"))
        one.step()
    assert house.conditions == {}
    book.add(change_of("tachycardia"))
    house.clock.wall = at(141)
    house.receive(slice_of(steady(142, 65, 140), received_s=141, name="still fast"))
    processes[1].step()
    assert house.conditions == {"tachycardia": AlertState.ACTIVE}


def test_a_change_ends_by_itself_when_its_time_is_over() -> None:
    house, book = House(), FakeRuleBook()
    worker = house.worker(plans=plans_by(book))
    book.add(change_of("tachycardia", is_off=True, until_ms=at(100)))
    house.receive(FAST)
    worker.step()
    assert house.conditions == {}
    house.clock.wall = at(201)
    house.receive(slice_of(steady(142, 65, 200), received_s=201, name="still fast"))
    worker.step()
    assert house.conditions == {"tachycardia": AlertState.ACTIVE}
