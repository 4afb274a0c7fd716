"""The search page beside everything else that a screen must do; over searches made by hand."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.web import samples
from tests.web.browser import PHONE, Served, Watched
from tests.web.fake_search import FakeSearches

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def served() -> Iterator[Served]:
    one = Served(searches=FakeSearches())
    yield one
    one.stop()


@pytest.fixture
def moreau(context: BrowserContext, served: Served) -> Iterator[Watched]:
    """Return the search page, with A. Moreau logged in."""
    one = Watched(context, served.address)
    one.open("/search")
    one.log_in()
    one.page.wait_for_selector("#search-look")
    yield one
    assert one.violations() == []


def test_an_alarm_takes_the_screen_and_gives_it_back(moreau: Watched, served: Served) -> None:
    """Whoever fills in the form sees an alarm at once; what was typed waits behind it."""
    page = moreau.page
    page.keyboard.press("/")
    page.wait_for_selector("#search-look", state="detached")
    page.keyboard.press("/")
    page.fill("#search-plate", "BK40")
    served.desk.put(samples.card(9), samples.details())
    page.wait_for_selector(".card.tone-alarm .choice:enabled")
    assert page.locator("#search-look").count() == 0
    page.click("#tool-search")
    page.wait_for_selector("#search-look")
    assert page.input_value("#search-plate") == "BK40"


def test_driving_closes_the_form_and_leaves_the_answers(moreau: Watched, served: Served) -> None:
    """Nothing can be typed or sent; what has been answered can be read; standing opens it again."""
    page = moreau.page
    page.click(".asked")
    page.wait_for_selector(".answer.answered")
    served.desk.set(speed_kmh=63.0, moving=True)
    page.wait_for_selector(".closed:not(:empty)")
    assert page.locator("#search-plate").is_disabled()
    assert page.locator("#search-look").is_disabled()
    assert page.locator(".answer.answered").is_visible()
    served.desk.set(speed_kmh=0.0, moving=False)
    page.wait_for_selector("#search-plate:enabled")


def test_the_lock_empties_the_page(moreau: Watched) -> None:
    """What was typed and answered is gone with the session, also for the same officer."""
    page = moreau.page
    page.fill("#search-plate", "ZZ99")
    page.click(".asked")
    page.wait_for_selector(".answer.answered")
    page.click("#tool-lock")
    page.wait_for_selector(".log-in-page")
    assert "BK40317" not in page.content()
    moreau.log_in("R. Diaz")
    page.wait_for_selector("text=You have asked nothing here")
    assert page.input_value("#search-plate") == ""
    assert "BK40317" not in page.content()


@pytest.mark.parametrize("wide", [False, True], ids=["form", "confirm"])
def test_each_control_has_a_name_and_room_on_a_phone(
    browser: Browser, served: Served, wide: bool
) -> None:
    """Labels, at least 56 px, one id each, and nothing runs off the side."""
    context = browser.new_context(viewport=PHONE)
    one = Watched(context, served.address)
    page = one.open("/search")
    one.log_in()
    page.wait_for_selector("#search-look")
    page.select_option("#search-span", "")
    if wide:
        page.select_option("#search-span", "3600")
        page.fill("#search-plate", "bk4*")
        page.click("#search-look")
        page.wait_for_selector("#search-password")
    found = page.evaluate(
        """() => [...document.querySelectorAll('#main :is(button, input, select)')]
          .filter((one) => one.checkVisibility())
          .map((one) => [one.id || one.value,
                         one.labels?.length > 0 || (one.innerText || '').trim() !== '',
                         (one.closest('.tick') ?? one).offsetHeight])"""
    )
    assert len(found) > (4 if wide else 12)
    assert [one for one in found if not one[1] or one[2] < 56] == []
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((one) => one.id)")
    assert len(ids) == len(set(ids))
    assert page.evaluate(
        "(() => { const one = document.querySelector('.search-page');"
        " return one.scrollWidth <= one.clientWidth; })()"
    )
    assert one.violations() == []
    context.close()
