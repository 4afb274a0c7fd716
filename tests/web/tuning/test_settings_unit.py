"""Settings turned through the page, on a real unit: compared, kept, and undone by whatever dies."""

import re
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import BrowserContext, expect

from edge.keys.files import make_folder, write
from edge.keys.password import Cost, lock_identity
from scripts.clip import traffic_clip
from tests.brokers import free_port, until
from tests.end_to_end.daemons import Process
from tests.keys.cast import keys_of
from tests.services.test_reload import acts
from tests.services.tuned import TunedPost
from tests.services.watching import PATIENCE_S
from tests.web.tuning.room import PASSWORD, Ladder, TuningUnit

pytestmark = [
    pytest.mark.machine,
    pytest.mark.xdist_group("browser"),
    pytest.mark.timeout(1500),
]

SEED, CARS = 21, 5
LONG_MS = 600_000


def test_a_threshold_is_seen_on_the_last_minute_and_on_a_clip_then_kept(
    tmp_path: Path, context: BrowserContext
) -> None:
    """On a rendered street in Chromium: passes lost by a bad threshold are told before it is saved.

    Of no other car is a text told, though the line read them all; what was kept is gone with the
    session, no file ever held it, and the chain has who kept it, who tried what, and the way back.
    """
    clip = traffic_clip(SEED, CARS)
    unit = TuningUnit(tmp_path / "unit", clip.video, [(clip.listed[0], clip.states[0])])
    clips = unit.folder / "store" / "clips"
    shutil.copytree(clip.video.parent, clips / "street")
    with ExitStack() as stage:
        unit.start(stage)
        ladder = Ladder(context, unit)
        page = ladder.open()
        ladder.log_in()
        page.click("#arm")
        page.click("summary:has-text('Finding')")
        page.fill("[id='set-reader.least_confidence']", "0.995")
        pictures = (
            "n => Number(document.getElementById('kept').textContent.match(/\\d+/)?.[0] ?? 0) >= n"
        )
        page.wait_for_function(pictures, arg=8, timeout=LONG_MS)
        for source in ("minute", "clip:street"):
            page.select_option("#source", source)
            page.click("#compare")
            page.wait_for_selector("#compared table", timeout=LONG_MS)
            assert page.locator("#compared tbody tr").count() >= 4
        lost = int(page.inner_text("#compared .lost h3").split()[-1])
        assert lost > 0, page.inner_text("#compared")
        assert "▮" in page.inner_text("#compared .lost")
        assert "false plates" in page.inner_text("#compared table")
        told = ladder.told()
        assert [one for one in clip.plates if one in told and one != clip.listed[0]] == []
        page.click("#save")
        page.click("#ask-go")
        expect(page.locator("#ask-title")).to_have_text("Saved", timeout=LONG_MS)
        assert "least_confidence = 0.995" in unit.tuned.read_text()
        page.click("#ask-close")
        page.click("#history summary")
        page.click("text=Back to version 0")
        expect(page.locator("#ask")).to_be_visible(timeout=LONG_MS)
        expect(page.locator("#ask-title")).to_have_text("Saved", timeout=LONG_MS)
        assert "least_confidence" not in unit.tuned.read_text()
        page.click("#ask-close")
        assert ladder.violations() == []
        page.click("#out")
        page.wait_for_selector("#password")
        until(lambda: len(unit.acts("minute")) == 2, 20.0, "the end of the kept minute")
        assert [(one["act"], one["officer"]) for one in unit.acts("minute")] == [
            ("kept", "tess"),
            ("forgotten", "tess"),
        ]
        tuned = [(one["act"], one["version"], one["who"]) for one in unit.acts("tuned")]
        assert tuned == [(act, number, "tess") for number in (1, 2) for act in ("tried", "kept")]
        assert [one for one in unit.folder.rglob("*") if one.suffix in {".jpg", ".png"}] == []
        assert list((unit.folder / "home" / "tmp").iterdir()) == []


class TunedPage(TunedPost):
    """A unit on small models, its page, and a technician who asks as the page's script does."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        place = make_officers(folder)
        super().__init__(folder, tuning={"folder": str(place), "port": self.port})

    def save_broken(self, client: httpx.Client) -> None:
        """Save a detector that nobody can load."""
        broken = self.folder / "broken.toml"
        broken.write_text("no card\n")
        post(client, "/api/settings/save", changes={"detector.card": f"'{broken}'"}, why="x")

    def await_reading(self) -> None:
        """Wait until watch runs, started again if need be, and steps frames."""
        until(lambda: self.watch.process.poll() is None, PATIENCE_S, "watch, started again")
        self.await_health(self.watch, "the old settings", source_state="delivering")

    @contextmanager
    def served(self) -> Iterator[tuple[Process, httpx.Client]]:
        """Run the page's process, logged in."""
        process = Process("tuning", self.words("run", "tuning"), self.folder).start()
        address = f"http://127.0.0.1:{self.port}"
        client = httpx.Client(base_url=address, headers={"origin": address}, timeout=PATIENCE_S)
        try:
            until(lambda: answers(client), 2 * PATIENCE_S, f"the page: {process.errors()}")
            post(client, "/api/log-in", name="tess", password=PASSWORD)
            yield process, client
        finally:
            client.close()
            if process.process.poll() is None:
                process.kill()


def make_officers(folder: Path) -> Path:
    """Return a folder with a technician's locked keys."""
    place = folder / "tuning"
    folder.mkdir(exist_ok=True)
    make_folder(place)
    make_folder(place / "officers")
    blob = lock_identity(keys_of("tess"), PASSWORD, Cost(1, 1, 128))
    write(place / "officers" / "tess.officer", blob, private=True)
    return place


def answers(client: httpx.Client) -> bool:
    """Say whether the page is there."""
    try:
        return client.get("/").status_code == 401
    except httpx.TransportError:
        return False


def post(client: httpx.Client, path: str, **words: Any) -> dict[str, Any]:
    """Return what the page answers."""
    found = re.search(r'name="csrf" content="(\w+)"', client.get("/").text)
    assert found
    answer = client.post(path, json=words, headers={"x-csrf-token": found[1]})
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


def test_a_bad_save_is_undone_whoever_is_killed_in_it(tmp_path: Path) -> None:
    """A card that no model stands behind, and kill -9 in its trial: the old version reads on.

    First of the page's process alone, then of watch as well.
    """
    with TunedPage(tmp_path) as unit:
        for number, victims in ((1, "the page"), (2, "the page and watch")):
            with unit.served() as (page, client):
                unit.save_broken(client)
                until(lambda: "broken" in unit.tuning.read_text(), PATIENCE_S, "the bad settings")
                page.kill()
            if "watch" in victims and unit.watch.process.poll() is None:
                unit.kill()
            until(lambda: unit.trials.trial() is None, PATIENCE_S, f"the old version: {victims}")
            assert unit.tuning.read_text() == ""
            unit.await_reading()
            assert unit.trials.history.versions()[-1].number == number
        with unit.served() as (_, client):
            versions = client.get("/api/settings/history").json()["versions"]
        assert [(one["number"], one["undone"], one["who"]) for one in versions] == [
            (0, False, ""),
            (1, True, "tess"),
            (2, True, "tess"),
        ]
    assert [(one["act"], one["who"]) for one in acts(unit, "tuned")] == [
        ("tried", "tess"),
        ("undone", "tess"),
    ] * 2


def test_on_the_kept_minute_old_and_new_differ_and_a_bad_save_is_said(tmp_path: Path) -> None:
    """Pictures come and are compared on; a bad end is said; with the session all is gone."""
    with TunedPage(tmp_path) as unit, unit.served() as (_, client):
        changes = {"tracking.min_reads": "1000"}
        assert "is not kept" in ask(client, changes)["problem"]
        post(client, "/api/settings/minute", armed=True)

        def enough() -> bool:
            client.get("/api/look?number=1")
            return bool(client.get("/api/settings").json()["minute"]["pictures"] >= 12)

        until(enough, PATIENCE_S, "pictures of the last minute")
        post(client, "/api/settings/compare", changes=changes, source="minute")
        result = ended(client)["result"]
        assert result["old"]["passes"] > 0
        assert result["new"]["passes"] == 0
        assert {one["text"] for one in result["lost"]} == {"▮" * 7}
        unit.save_broken(client)
        result = ended(client)["result"]
        assert result["kept"] is False
        assert "version 0 is in" in result["sentence"]
        until(lambda: unit.trials.trial() is None, PATIENCE_S, "the end of the trial")
        unit.await_reading()
        post(client, "/api/log-out")
        assert [one["act"] for one in acts(unit, "minute")] == ["kept", "forgotten"]
        post(client, "/api/log-in", name="tess", password=PASSWORD)
        assert "is not kept" in ask(client, changes)["problem"]
        assert client.get("/api/settings/job").json()["result"] is None


def ask(client: httpx.Client, changes: dict[str, str]) -> dict[str, Any]:
    """Return what is answered to a comparison on the last minute."""
    found = re.search(r'name="csrf" content="(\w+)"', client.get("/").text)
    assert found
    words = {"changes": changes, "source": "minute"}
    headers = {"x-csrf-token": found[1]}
    said: dict[str, Any] = client.post("/api/settings/compare", json=words, headers=headers).json()
    return said


def ended(client: httpx.Client) -> dict[str, Any]:
    """Return the job of the page once it is over."""
    end = time.monotonic() + 2 * PATIENCE_S
    while time.monotonic() < end:
        client.get("/api/look?number=1")
        job: dict[str, Any] = client.get("/api/settings/job").json()
        if not job["running"]:
            assert not job["problem"], job
            return job
        time.sleep(0.3)
    raise AssertionError(f"the job goes on and on: {job}")
