"""A town that is searched from a console's page: real processes, a real broker, real letters."""

import threading
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page

from edge.clock import Moment, SystemClock
from edge.config import load
from edge.services.search import run_search
from edge.services.search_asked import AskedFolder
from edge.store.console import ConsoleStore
from tests.alerts import UNIT, an_alert, sealed
from tests.brokers import Broker
from tests.keys.cast import keys_folder
from tests.services.consoles import Console
from tests.services.delivering import CLOCK, Process, Site
from tests.services.searching import CASE, acts_of
from tests.web.browser import Watched
from tests.web.console.stand import PASSWORD

PLATE = "AB12345"


class Ahead(SystemClock):
    """Ten minutes ahead: to whom every search is old."""

    def __init__(self) -> None:
        super().__init__("always")

    def now(self) -> Moment:
        real = super().now()
        return Moment(real.utc_ns + 600 * 10**9, real.monotonic_ns)


class SearchedTown:
    """One unit that holds a hit, another that was never there, and a console in a car."""

    def __init__(self, folder: Path, broker: Broker) -> None:
        self.folder = folder
        self.unit = Site(folder, broker, receivers=["car-12"])
        keys_folder(self.unit.keys, UNIT.name)
        with self.unit.config.open("a") as more:
            more.write(
                f'[search]\nfolder = "{folder}/search"\npurposes = ["stolen-vehicle", "crime"]\n'
                '[clock]\ntrust = "always"\n'
            )
        self.console = Console(folder, "car-12", broker, receivers=["archive"])
        with self.unit.store() as store:
            store.commit_alert(an_alert(PLATE, CLOCK.now()), sealed, keep_days=30.0)
        self._search: Process | None = None
        self._late: tuple[threading.Thread, threading.Event] | None = None

    def start(self) -> None:
        self.unit.deliver()
        self.console.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.console.port}"

    def searching(self) -> None:
        """Start the process that answers searches."""
        words = ("run", "--config", str(self.unit.config), "search")
        self._search = Process(self.folder / "searching", *words)

    def pause(self) -> None:
        """End it: searches wait at the unit."""
        assert self._search is not None
        assert self._search.stop() == 0
        self._search = None

    def searching_late(self) -> None:
        """Answer as a unit does to whom searches came long after they were asked."""
        settings, stop = load([self.unit.config]).settings, threading.Event()
        thread = threading.Thread(target=run_search, args=(settings, stop, Ahead()))
        thread.start()
        self._late = thread, stop

    def asked(self) -> list[dict[str, Any]]:
        """Return what the unit's chain has of searches."""
        with self.unit.store() as store:
            return acts_of(store, "search")

    def acts(self, kind: str) -> list[dict[str, Any]]:
        """Return what the console's chain has of *kind*."""
        with ConsoleStore(self.folder / "car-12" / "console", "car-12", CLOCK) as store:
            rows = [store.audit.payload(one) for one in store.audit.numbers(kind)]
        return [row for row in rows if row is not None]

    def kept(self) -> bytes:
        """Return every byte that the console keeps of searches and their answers."""
        folder = self.folder / "car-12" / "console"
        asked = AskedFolder(folder / "searches").all()
        with ConsoleStore(folder, "car-12", CLOCK) as store:
            held = [one.body for row in asked for one in store.answers.to(row.number)]
        assert held
        return b"".join([*held, *(one.read_bytes() for one in (folder / "searches").iterdir())])

    def close(self) -> None:
        if self._late is not None:
            self._late[1].set()
            self._late[0].join()
        if self._search is not None:
            self.pause()
        self.console.close()
        self.unit.close()


class Searcher:
    """An officer at the search page."""

    def __init__(self, context: BrowserContext, town: SearchedTown, name: str = "dana") -> None:
        self.watched = Watched(context, town.address)
        self.page: Page = self.watched.open("/search")
        self.log_in(name)

    def log_in(self, name: str) -> None:
        self.page.select_option("#log-in-name", name)
        self.page.fill("#log-in-password", PASSWORD)
        self.page.click("#log-in-send")
        self.page.wait_for_selector("#search-look")

    def fill(self, plate: str, purpose: str = "stolen-vehicle", span_s: int = 3600) -> None:
        self.page.fill("#search-plate", plate)
        self.page.select_option("#search-span", str(span_s))
        self.page.fill("#search-case", CASE)
        self.page.select_option("#search-purpose", purpose)

    def look(self) -> str:
        """Return what is shown before anything is sent."""
        self.page.click("#search-look")
        self.page.wait_for_selector(".confirm")
        return self.page.inner_text(".confirm")

    def send(self) -> None:
        self.page.click("#search-send")
        self.page.wait_for_selector(".answers")

    def answer(self, state: str, unit: str = UNIT.name) -> str:
        """Wait until what *unit* said is there, and return it."""
        place = f'.answer.{state}[data-unit="{unit}"]'
        self.page.wait_for_selector(place)
        return self.page.inner_text(place)
