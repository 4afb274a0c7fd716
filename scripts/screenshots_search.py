"""What is done on the console's search page before a picture of it is taken."""

from tests.web.browser import Watched
from tests.web.fake_desk import FakeDesk


def form(_desk: FakeDesk, watched: Watched) -> None:
    watched.page.click("#tool-search")
    watched.page.wait_for_selector("#search-look")


def wrong(desk: FakeDesk, watched: Watched) -> None:
    form(desk, watched)
    watched.page.click("#search-look")
    watched.page.wait_for_selector("#problem-plate:not(:empty)")


def wide(desk: FakeDesk, watched: Watched) -> None:
    _look(desk, watched, "bk4*")
    watched.page.wait_for_selector("#search-password")


def answers(desk: FakeDesk, watched: Watched) -> None:
    _look(desk, watched, "bk40317")
    watched.page.click("#search-send")
    watched.page.wait_for_selector(".answer")
    watched.page.eval_on_selector(".answers", "one => one.scrollIntoView()")


def driving(desk: FakeDesk, watched: Watched) -> None:
    form(desk, watched)
    desk.set(speed_kmh=63.0, moving=True)
    watched.page.wait_for_selector(".closed:not(:empty)")


def _look(desk: FakeDesk, watched: Watched, plate: str) -> None:
    form(desk, watched)
    watched.page.fill("#search-plate", plate)
    watched.page.select_option("#search-span", "43200")
    watched.page.fill("#search-case", "26-01234")
    watched.page.select_option("#search-purpose", "stolen-vehicle")
    watched.page.click("#search-look")
    watched.page.wait_for_selector(".confirm")
