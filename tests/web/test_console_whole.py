"""The pages in a browser over the console's real logic: real store, real keys, real letters."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from edge.web.console.app import ConsolePages
from edge.web.serve import Server
from tests.web.browser import Watched
from tests.web.console.stand import PASSWORD, Stand, stand
from tests.web.console.told import alarm

pytestmark = pytest.mark.xdist_group("browser")
SECRETS = ("W-17", "Poquonock", "Windsor PD", "F-150")


@pytest.fixture
def car(tmp_path: Path) -> Iterator[Stand]:
    made = stand(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def address(car: Stand) -> Iterator[str]:
    pages = ConsolePages(car.desk, car.officers, ("127.0.0.1",), secure=False)
    pages.start()

    def closing() -> None:
        car.desk.close()
        pages.stop()

    server = Server(pages.app, closing=closing)
    yield f"http://127.0.0.1:{server.start()}"
    server.stop()


def test_from_the_letter_to_the_record(car: Stand, address: str, context: BrowserContext):
    """An alarm comes, is answered blind on the page, told in full, ended; each act on the chain."""
    watched = Watched(context, address)
    page = watched.open()
    car.hear(alarm())
    page.wait_for_selector(".card.tone-alarm")
    page.select_option("#log-in-name", "dana")
    page.fill("#log-in-password", PASSWORD)
    page.click("#log-in-send")
    page.wait_for_selector(".card.tone-alarm .choice:enabled")
    assert not [secret for secret in SECRETS if secret in watched.texts()]

    page.click(".choice >> text=7")
    page.wait_for_selector(".card.told.tone-differs")
    assert [secret for secret in SECRETS if secret in watched.texts()] == list(SECRETS)
    assert watched.violations() == []
    counts = {kind: car.store.audit.count(kind) for kind in ("log-in", "outcome", "view")}
    assert counts == {"log-in": 1, "outcome": 1, "view": 1}
    car.store.check()
