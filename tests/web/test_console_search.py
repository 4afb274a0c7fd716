"""Searches on the console's page, in a browser, over a broker, answered by the unit's process."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext

from tests.alerts import UNIT
from tests.brokers import Broker
from tests.services.searching import CASE
from tests.web.searched import PASSWORD, PLATE, SearchedTown, Searcher

pytestmark = pytest.mark.machine


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchedTown]:
    folder = tmp_path_factory.mktemp("town")
    broker = Broker(folder / "broker").start()
    made = SearchedTown(folder, broker)
    made.start()
    made.searching()
    yield made
    made.close()
    broker.stop()


def test_a_search_from_the_form_to_the_chain(town: SearchedTown, context: BrowserContext) -> None:
    """Its width is told first; the unit's hit comes; lock and another officer see nothing of it."""
    dana = Searcher(context, town)
    dana.fill("ab 123-45")
    told = dana.look()
    for words in ("one whole plate", "about one plate in", "no other car leaves a trace", "dana"):
        assert words in told
    assert "supervisor" not in told
    assert town.asked() == []
    dana.send()
    assert "1 found" in dana.answer("answered")
    assert PLATE in dana.answer("answered")
    assert "no answer yet" in dana.answer("waiting", "main-street").lower()

    (asked,) = town.acts("search-asked")
    assert (asked["officer"], asked["supervisor"], asked["case"]) == ("dana", "", CASE)
    assert [one["unit"] for one in town.acts("search-opened")] == [UNIT.name]
    assert PLATE.encode() not in town.kept()

    dana.page.click("#tool-lock")
    dana.page.wait_for_selector(".log-in-page")
    assert PLATE not in dana.page.content()
    dana.log_in("erin")
    dana.page.wait_for_selector("text=You have asked nothing here")
    assert PLATE not in dana.page.content()
    refused = dana.page.evaluate(_OPEN, asked["query"])
    assert refused == 409

    dana.page.click("#tool-lock")
    dana.page.wait_for_selector(".log-in-page")
    dana.log_in("dana")
    dana.page.click(".asked")
    assert PLATE in dana.answer("answered")
    assert len(town.acts("search-opened")) == 2
    assert dana.watched.violations() == []


def test_a_wide_search_needs_a_supervisor(town: SearchedTown, context: BrowserContext) -> None:
    """Said before; a wrong password signs nothing; the right one stands on the unit's record."""
    dana = Searcher(context, town)
    dana.fill("AB1*", "crime")
    assert "A supervisor must sign as well" in dana.look()
    before = len(town.asked())
    assert dana.page.locator("#search-supervisor option").all_inner_texts() == ["sue"]
    dana.page.fill("#search-password", "some other words")
    dana.page.click("#search-send")
    dana.page.wait_for_selector("text=do not belong together")
    assert dana.page.input_value("#search-password") == ""
    dana.page.fill("#search-password", PASSWORD)
    dana.send()
    assert "1 found" in dana.answer("answered")
    assert [one["supervisor"] for one in town.asked()[before:]] == ["sue"]
    assert PASSWORD not in dana.watched.texts()
    assert dana.watched.violations() == []


def test_a_unit_may_refuse_and_may_be_late(town: SearchedTown, context: BrowserContext) -> None:
    """A refusal stands with its sentence; an answer that comes late shows by itself, marked."""
    dana = Searcher(context, town)
    dana.fill(PLATE, "crash")
    dana.look()
    dana.send()
    assert "no search is for such a purpose" in dana.answer("refused")

    town.pause()
    dana.fill(PLATE)
    dana.look()
    dana.send()
    assert "No answer yet" in dana.answer("waiting")
    assert dana.page.locator(".tag.late").count() == 0
    town.searching_late()
    assert "1 found" in dana.answer("answered")
    assert dana.page.locator(f'.answer[data-unit="{UNIT.name}"] .tag.late').count() == 1
    assert dana.watched.violations() == []


WRONG = (
    ("plate", "", "plate", "say which plate"),
    ("plate", "AB'; DROP", "plate", "a plate has 0-9 and A-Z"),
    ("plate", "\u0410\u041212345", "plate", "a plate has 0-9 and A-Z"),
    ("plate", "A*", "plate", "at most one plate in"),
    ("plate", "LARGE", "plate", "1000000 characters"),
    ("case", "'\"><b>\u202e\U0001d54f", "case", "not written as here"),
    ("span", "", "time", "say from when to when"),
)


def test_what_is_wrong_is_said_at_its_field(town: SearchedTown, context: BrowserContext) -> None:
    """A clear sentence beside what was typed, which stays; nothing is asked."""
    before = len(town.acts("search-asked"))
    dana = Searcher(context, town)
    for name, value, field, words in WRONG:
        dana.fill(PLATE)
        dana.page.eval_on_selector(f"#search-{name}", _TYPE, value)
        dana.page.click("#search-look")
        dana.page.wait_for_selector(f"#problem-{field}:not(:empty)")
        assert words in dana.page.inner_text(f"#problem-{field}")
        assert dana.page.locator(".confirm").count() == 0
    assert len(town.acts("search-asked")) == before
    assert dana.watched.violations() == []


_TYPE = "(one, text) => { one.value = text === 'LARGE' ? '7'.repeat(1e6) : text; }"
_OPEN = """async (number) => (await fetch(`/api/search/${number}/open`, {method: "POST",
  headers: {"content-type": "application/json",
            "x-csrf-token": (await (await fetch("/api/desk")).json()).csrf},
  body: '{"by_hand": true}'})).status"""
