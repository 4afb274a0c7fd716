"""What the page keeps for comparisons, and what it makes of settings: bounded, covered, gone."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from edge.clock import SystemClock
from edge.config import load
from edge.errors import ConfigError, StoreError
from edge.messages.acts_unit import Tuned
from edge.services import tune, tuning_minute
from edge.services.glass_wire import Head
from edge.services.tune_child import Ask, compare_asked
from edge.services.tuning_clips import recording, recordings
from edge.services.tuning_jobs import Jobs, Progress
from edge.services.tuning_minute import Minute
from edge.services.tuning_settings import SettingsRoom
from edge.store import open_store
from tests.brokers import until
from tests.fakes import FakeClock
from tests.services.recording import Line
from tests.services.test_reload import acts
from tests.services.test_tuning_ring import PLATE, scene
from tests.services.tuned import TunedPost
from tests.services.watching import PLATE as SHOWN
from tests.web.tuning.fake_desk import CHANGE

SECOND = 1_000_000_000


def looked(minute: Minute, clock: FakeClock, count: int, every_s: float = 0.2) -> None:
    """Let *count* looks come."""
    head, pixels = scene([PLATE])
    for _ in range(count):
        at = clock.now().iso()
        minute.take(Head.model_validate({**head.model_dump(), "at": at}), pixels)
        clock.advance(every_s)


def test_nothing_is_kept_unless_it_is_asked_for_and_nothing_after(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Looks are kept from the word on, for a minute, within the bytes, and until the other word."""
    clock = FakeClock()
    minute = Minute(clock)
    looked(minute, clock, 3)
    with pytest.raises(ConfigError, match="is not kept"):
        minute.reel()
    minute.arm()
    with pytest.raises(ConfigError, match="nothing was seen yet"):
        minute.reel()
    looked(minute, clock, 70, every_s=1.0)
    reel = minute.reel()
    assert 59 <= len(reel.pictures) <= 61
    assert reel.offsets_ns[:3] == (0, SECOND, 2 * SECOND)
    each = len(reel.pictures[0])
    monkeypatch.setattr(tuning_minute, "MOST_BYTES", 5 * each)
    looked(minute, clock, 1)
    assert minute.told() == {"armed": True, "seconds": 4.0, "pictures": 5}
    minute.clear()
    assert minute.told() == {"armed": False, "seconds": 0.0, "pictures": 0}
    looked(minute, clock, 1)
    assert minute.told()["pictures"] == 0


def test_times_rise_whatever_the_clock_does() -> None:
    """A clock that is set back in the minute makes no picture earlier than the one before it."""
    clock = FakeClock()
    minute = Minute(clock)
    minute.arm()
    looked(minute, clock, 2)
    head, pixels = scene([PLATE])
    minute.take(
        Head.model_validate({**head.model_dump(), "at": "2026-01-01T09:00:00.000Z"}), pixels
    )
    offsets = minute.reel().offsets_ns
    assert list(offsets) == sorted(set(offsets))


def test_clips_are_found_by_name_and_never_by_a_path(tmp_path: Path) -> None:
    """What lies in the folder can be named, with its truth; a path, a link or nothing cannot."""
    folder = tmp_path / "clips"
    (folder / "pictures").mkdir(parents=True)
    for file in ("clip.mkv", "clip.jsonl", "notes.txt", "street.mp4"):
        (folder / file).write_bytes(b"x")
    (folder / "street").mkdir()
    for file in ("street/clip.mp4", "street/truth.jsonl"):
        (folder / file).write_bytes(b"x")
    (tmp_path / "other.mkv").write_bytes(b"x")
    (folder / "link.mkv").symlink_to(tmp_path / "other.mkv")
    found = {one.name: (one.file.name, one.truth and one.truth.name) for one in recordings(folder)}
    assert found == {
        "clip.mkv": ("clip.mkv", "clip.jsonl"),
        "pictures": ("pictures", None),
        "street": ("clip.mp4", "truth.jsonl"),
        "street.mp4": ("street.mp4", None),
    }
    for name in ("../other.mkv", "link.mkv", str(tmp_path / "other.mkv"), "notes.txt", ""):
        with pytest.raises(ConfigError, match="no such recording"):
            recording(folder, name)
    assert recordings(tmp_path / "nothing") == ()


@pytest.mark.parametrize(
    ("masked", "own", "shown"),
    [(True, (), "▮" * 7), (True, (SHOWN,), SHOWN), (False, (), SHOWN)],
    ids=["masked", "the test plate", "not masked"],
)
def test_old_and_new_are_told_apart_with_texts_as_the_law_wants(
    tmp_path: Path, *, masked: bool, own: tuple[str, ...], shown: str
) -> None:
    """A pass that the new settings do not tell is lost; covered, but for a test plate."""
    post = TunedPost(tmp_path)
    old = load([post.site]).settings
    tracking = old.tracking.model_copy(update={"min_reads": 50})
    ask = Ask(
        old=old,
        new=old.model_copy(update={"tracking": tracking}),
        start=0,
        clip=str(tmp_path / "street"),
        masked=masked,
        own=own,
    )
    words: list[str] = []
    found = compare_asked(ask, [], SystemClock("always"), lambda one, _: words.append(one))
    assert [one["text"] for one in found["lost"]] == [shown]
    assert (found["gained"], found["new"]["passes"], found["truth"]) == ([], 0, False)
    assert found["old"]["frames"] == found["new"]["frames"] == 12
    assert words[-1] == "new settings: picture 11 of 12"


def room(post: TunedPost) -> SettingsRoom:
    return SettingsRoom(post.files, post.trials, SystemClock("always"))


@contextmanager
def watching(post: TunedPost) -> Iterator[None]:
    """Play a watch that takes acts, with the unit's own store."""
    settings = load(post.files).settings
    clock, runtime = SystemClock("always"), Path(settings.runtime.folder)
    runtime.mkdir(exist_ok=True)
    with open_store(settings.store, "main-street", clock) as store, Line(runtime, store):
        yield


def test_keeping_the_minute_stands_on_the_chain_or_does_not_happen(tmp_path: Path) -> None:
    """Who has it kept is recorded first, by watch; while that does not run nothing is kept."""
    post = TunedPost(tmp_path)
    panel = room(post)
    with pytest.raises(StoreError, match="so it is not done"):
        panel.arm("tess", armed=True)
    assert not panel.minute.armed
    with watching(post):
        assert panel.arm("tess", armed=True)["armed"]
        panel.arm("tess", armed=True)
        panel.forget_minute("the town's pause")
        panel.forget()
    told = [(one["act"], one["officer"], one["why"]) for one in acts(post, "minute")]
    assert told == [("kept", "tess", ""), ("forgotten", "tess", "the town's pause")]


def test_an_end_while_watch_is_down_is_recorded_when_it_is_back(tmp_path: Path) -> None:
    """The pictures are gone at once, and that stands on the chain before anything newer does."""
    post = TunedPost(tmp_path)
    clock = FakeClock()
    panel = SettingsRoom(post.files, post.trials, clock)
    with watching(post):
        panel.arm("tess", armed=True)
    panel.forget_minute("asked")
    assert not panel.minute.armed
    with pytest.raises(StoreError):
        panel.arm("rose", armed=True)
    panel.settle()
    with watching(post):
        panel.settle()
        assert len(acts(post, "minute")) == 1, "tried a moment ago"
        clock.advance(6.0)
        panel.settle()
        panel.arm("rose", armed=True)
    told = [(one["act"], one["officer"]) for one in acts(post, "minute")]
    assert told == [("kept", "tess"), ("forgotten", "tess"), ("kept", "rose")]


def test_the_page_opens_no_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its acts go by watch: with a store that cannot be opened they are recorded all the same."""
    post = TunedPost(tmp_path)
    panel = room(post)
    with watching(post):

        def closed(*_: object) -> Any:
            raise StoreError("this process may not open the store")

        monkeypatch.setattr(tune, "open_store", closed)
        assert panel.arm("tess", armed=True)["armed"]
        hand = panel._hand()
        hand._record("tuned", Tuned(act="tried", version=1, before=0, who="tess"))
        with pytest.raises(StoreError, match="may not open"):
            post.hand()._record("tuned", Tuned(act="tried", version=1, before=0, who="control"))
    assert [one["who"] for one in acts(post, "tuned")] == ["tess"]


def test_settings_are_shown_with_their_limits_and_files(tmp_path: Path) -> None:
    """Value in force, from which file, default and limits; a proposal tells old and new."""
    post = TunedPost(tmp_path)
    post.tuning.write_text("[reader]\nleast_confidence = 0.25\n")
    panel = room(post)
    said = panel.settings()
    assert said["saving"] == ""
    one = next(row for row in said["settings"] if row["path"] == CHANGE["path"])
    assert (one["value"], one["file"], one["default"]) == (0.25, "tuning.toml", 0.1)
    assert (one["low"], one["high"], one["kind"], one["restart"]) == (0.0, 1.0, "number", False)
    assert "source.address" not in {row["path"] for row in said["settings"]}
    proposed = panel.propose({"reader.least_confidence": "0.5", "reader.threads": "2"})
    rows = [(row["path"], row["old"], row["new"], row["restart"]) for row in proposed["changes"]]
    assert rows == [
        ("reader.least_confidence", "0.25", "0.5", False),
        ("reader.threads", "1", "2", True),
    ]
    assert proposed["restart"]
    for source, why in (("minute", "is not kept"), ("clip:../x", "no such"), ("/etc", "no source")):
        with pytest.raises(ConfigError, match=why):
            panel.compare({"reader.least_confidence": "0.5"}, source)


def test_without_a_tuning_file_the_page_says_so(tmp_path: Path) -> None:
    """On a laptop with a recording the settings are shown, and nothing can be saved."""
    post = TunedPost(tmp_path)
    panel = SettingsRoom([post.site], None, SystemClock("always"))
    assert "none of the files is a tuning.toml" in panel.settings()["saving"]


def test_jobs_go_on_one_at_a_time_and_a_comparison_ends_with_the_session() -> None:
    """A second is refused; forgotten, a comparison is stopped and its result nowhere to be had."""
    jobs, stopped = Jobs(), threading.Event()

    def work(progress: Progress) -> Mapping[str, Any]:
        progress.on_stop(stopped.set)
        progress.tell("old settings", 0.25)
        assert stopped.wait(30.0)
        raise ConfigError("killed")

    number = jobs.begin("compare", work)
    until(lambda: (jobs.told() or {})["sentence"] == "old settings", 30.0, "its word")
    with pytest.raises(ConfigError, match="something else goes on"):
        jobs.begin("save", work)
    jobs.stop("save")
    assert not stopped.is_set()
    jobs.stop()
    until(lambda: not (jobs.told() or {})["running"], 30.0, "its end")
    assert (jobs.told() or {})["problem"] == "It was stopped."
    jobs.begin("compare", lambda _: {"lost": ["AB12345"]})
    until(lambda: not (jobs.told() or {})["running"], 30.0, "its end")
    assert (jobs.told() or {})["result"] == {"lost": ["AB12345"]}
    jobs.forget()
    assert (jobs.told() or {})["result"] is None
    assert (jobs.told() or {})["number"] == number + 1
