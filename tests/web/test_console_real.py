"""The pages over the real desk: real letters, store, keys and records, seen in a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from edge.store.purges import KeptPurge
from tests.web.browser import Served, Watched
from tests.web.console.stand import PASSWORD, Stand, stand
from tests.web.console.told import alarm

pytestmark = pytest.mark.xdist_group("browser")

SECRETS = ("Poquonock", "Windsor PD", "W-17")


@pytest.fixture
def car(tmp_path: Path) -> Iterator[Stand]:
    made = stand(tmp_path)
    yield made
    made.store.close()


def test_an_alert_goes_from_its_letter_to_a_signed_outcome(
    car: Stand, context: BrowserContext
) -> None:
    """Shown blind before a log-in, nothing of the entry told; answered, revealed, ended, queued.

    Control: what was searched for in vain before the answer is found after it.
    """
    served = Served(car.desk, car.officers)
    try:
        watched = Watched(context, served.address)
        page = watched.open()
        car.hear(alarm())
        page.wait_for_selector(".ask.locked")
        page.select_option("#log-in-name", "dana")
        page.fill("#log-in-password", PASSWORD)
        page.click("#log-in-send")
        page.wait_for_selector(".choice:enabled")
        before = watched.texts()
        assert [secret for secret in SECRETS if secret in before] == []
        page.click("[data-key='3']")
        page.wait_for_selector(".card.told .outcome:enabled")
        after = watched.texts()
        assert [secret for secret in SECRETS if secret not in after] == []
        page.click(".outcome:has-text('Confirmed')")
        page.wait_for_selector(".row .tag:has-text('Confirmed'), .head .tag:has-text('Confirmed')")
        assert len(car.outcomes()) >= 1
        assert watched.violations() == []
    finally:
        car.desk.close()
        served.stop()


def test_a_purged_misread_leaves_the_screen(car: Stand, context: BrowserContext) -> None:
    """The card that is open in a browser goes with plate and picture; a line says so."""
    served = Served(car.desk, car.officers)
    try:
        watched = Watched(context, served.address)
        page = watched.open()
        car.hear(alarm())
        page.wait_for_selector(".ask.locked")
        page.select_option("#log-in-name", "dana")
        page.fill("#log-in-password", PASSWORD)
        page.click("#log-in-send")
        page.click("[data-key='7']:enabled")
        page.wait_for_selector(".card.told .outcome:enabled")
        assert "AB12345" in page.content()
        number = car.desk.cards()[0].number
        erin = car.log_in("erin")
        car.desk.answer(number, erin, "7")
        car.desk.outcome(number, erin, "misread")
        (one,) = car.store.misreads.open()
        purge = KeptPurge(number, one.outcome, one.officer, "2026-01-01T10:05:00Z", done=False)
        car.store.purges.take(purge, car.clock.now())
        car.desk.load()
        page.wait_for_selector(".record:has-text('plate and picture are erased')", state="attached")
        page.wait_for_function("() => !document.documentElement.innerHTML.includes('AB12345')")
        assert page.query_selector_all(".row") == []
        assert watched.violations() == []
    finally:
        car.desk.close()
        served.stop()
