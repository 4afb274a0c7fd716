"""A zone drawn on the page of a live unit: watch reads no plate in it, until it is taken back."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from models.synth.clips import ClipSpec
from models.synth.traffic import traffic
from models.synth.video import write_clip
from tests.end_to_end.daemons import Process
from tests.web.tuning.room import Ladder, TuningUnit
from tests.web.tuning.test_zones_page import tap

pytestmark = [
    pytest.mark.machine,
    pytest.mark.xdist_group("browser"),
    pytest.mark.timeout(400),
]

RIGHT = ((0.5, 0.02), (0.98, 0.02), (0.98, 0.98), (0.55, 0.98))
_LOOPS_MS = 120_000
_PASSES = """
([texts, from, count]) => {
  const passes = new Set();
  for (const answer of window.answers.slice(from)) {
    for (const one of JSON.parse(answer).look?.plates ?? []) {
      if (texts.includes(one.text)) passes.add(one.track);
    }
  }
  return passes.size >= count;
}
"""


@dataclass
class TunedUnit(TuningUnit):
    """A live unit whose page may change its settings."""

    def process(self, daemon: str) -> Process:
        """Return a daemon of the unit, to be started."""
        file = self.folder / "tuning.toml"
        file.touch()
        words = ["run", daemon, "--config", str(self.site), "--config", str(file)]
        return Process(daemon, words, self.folder, environment={"OMP_NUM_THREADS": "1"})


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ClipSpec]:
    """Return a clip of two lanes, and what is on it."""
    folder = tmp_path_factory.mktemp("street")
    spec = traffic(31, 6, lanes=2, fps=8.0, gap_s=0.4)
    write_clip(spec, folder)
    return folder / "clip.mp4", spec


@pytest.fixture
def unit(street: tuple[Path, ClipSpec], tmp_path: Path) -> Iterator[TunedUnit]:
    """Return a live unit on the street; all that passes is the installer's own, so it is shown."""
    clip, spec = street
    own = [(one.text, one.jurisdiction) for one in spec.passes]
    one = TunedUnit(tmp_path / "unit", clip, own)
    with ExitStack() as stage:
        one.start(stage)
        yield one
    for process in (one.watch, one.page):
        assert "Traceback" not in process.errors()


def answers(page: Page) -> int:
    """Return how many answers the page has had."""
    return int(page.evaluate("window.answers.length"))


def kept(page: Page) -> int:
    """Wait until the trial is over and kept; return how many answers the page had by then."""
    page.wait_for_selector("#ask.kept #ask-close:enabled", timeout=60_000)
    count = answers(page)
    page.click("#ask-close")
    return count


def test_a_drawn_zone_ends_the_reads_of_a_lane_and_going_back_brings_them_back(
    unit: TunedUnit, street: tuple[Path, ClipSpec], context: BrowserContext
) -> None:
    """Before: both lanes are read. Saved: only the left one. Back at version 0: both again."""
    right, left = ([one.text for one in street[1].passes if one.lane == lane] for lane in (0, 1))
    ladder = Ladder(context, unit)
    page = ladder.open()

    def passed(texts: list[str], since: int, count: int = 1) -> None:
        page.wait_for_function(_PASSES, arg=[texts, since, count], timeout=_LOOPS_MS)

    ladder.log_in()
    for texts in (left, right):  # the control: what is to end goes on until then
        passed(texts, 0)
    page.click("#zones-draw")
    page.click("#zones-ignore")
    for corner in (*RIGHT, RIGHT[0]):
        tap(page, *corner)
    page.wait_for_selector("#save:enabled")
    page.click("#save")
    page.fill("#why", "the other lane is not ours")
    page.click("#ask-go")
    since = kept(page)
    passed(left, since, 4)  # more than pass in one round of the clip
    assert not page.evaluate(_PASSES, [right, since, 1])
    page.click("#history summary")
    page.click("button:has-text('Back to version 0')")
    since = kept(page)
    passed(right, since)
    tried = [one for one in unit.acts("tuned") if one["act"] == "kept"]
    assert len(tried) == 2
    assert ladder.violations() == []
