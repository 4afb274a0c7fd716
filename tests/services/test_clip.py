"""``edge record``: refused by law, on the chain, strangers' plates unreadable, gone by itself."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.cli import main
from edge.clock import Moment
from edge.config import Settings
from edge.errors import ConfigError
from edge.messages.acts import Act, read_act
from edge.messages.acts_unit import Clip
from edge.records import Frame
from edge.services.clip import Made, faint_reader, plates_in, record_clip, without_watch
from edge.services.clips import ClipEnd, kept_clips
from edge.sources.open import open_source
from edge.store import Store, open_store
from tests.fakes import FakeClock
from tests.services.driving import CLOCK, OWN, STRANGER, settings_of, street_clip


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return street_clip(tmp_path_factory.mktemp("street"))


@pytest.fixture(scope="module")
def made(street: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Made]:
    folder = tmp_path_factory.mktemp("unit")
    settings = settings_of(folder, street)
    return settings, record_clip(settings, OWN, 20.0, folder / "out", CLOCK)


def acts(store: Store) -> list[Act]:
    """Return what the chain tells of clips."""
    found = (store.audit.intact(number) for number in store.audit.numbers("clip"))
    return [read_act("clip", one) for one in found if one is not None]


def texts(settings: Settings, file: Path) -> set[str]:
    """Return what the product's own reader makes out in a clip, at its lowest threshold."""
    section = settings.source.model_copy(update={"address": str(file)})
    reader = faint_reader(settings, CLOCK)
    frames: Iterator[Frame] = open_source(section, CLOCK).frames(threading.Event())
    return {one.text for frame in frames for one in plates_in(reader, frame)}


def test_a_stranger_beside_the_test_car_cannot_be_read(
    made: tuple[Settings, Made], street: Path
) -> None:
    """The product's own reader finds both in what the camera saw, and one in the clip."""
    settings, clip = made
    assert {OWN, STRANGER} <= texts(settings, street)
    read = texts(settings, clip.file)
    assert OWN in read
    assert not any(len(set(STRANGER) & set(text)) >= 5 for text in read), read
    assert clip.covered > 0


def test_times_are_those_of_the_camera(made: tuple[Settings, Made]) -> None:
    """A replay of the clip has as many frames as the camera gave, as far apart."""
    settings, clip = made
    section = settings.source.model_copy(update={"address": str(clip.file)})
    found = [one.captured.utc_ns for one in open_source(section, CLOCK).frames(threading.Event())]
    assert len(found) == clip.frames == 15
    assert round((found[-1] - found[0]) / 1e6) == round(clip.seconds * 1000) == 2800


def test_it_is_on_the_chain_and_gone_by_itself(made: tuple[Settings, Made]) -> None:
    """Watch deletes it when its hours are over, not before, and the chain tells both."""
    settings, clip = made
    clock = FakeClock(CLOCK.now())
    told: list[Act] = []

    class Chain:
        def tell(self, _kind: str, act: Act) -> None:
            told.append(act)

    with open_store(settings.store, settings.unit.name, CLOCK) as store:
        recorded = acts(store)
        assert recorded == [Clip(act="recorded", seconds=clip.seconds, until=clip.until)]
        end = ClipEnd(store, Chain(), clock)
        end.step()
        clock.advance(23.5 * 3600)
        end.step()
        assert clip.file.exists()
        assert told == []
        clock.advance(3600)
        end.step()
        assert not clip.file.exists()
        assert told == [Clip(act="deleted", seconds=clip.seconds, until=clip.until)]
        assert kept_clips(store) == ()


def test_a_law_without_clips_refuses_with_its_statute(street: Path, tmp_path: Path) -> None:
    """Nothing is recorded, the sentence names the statute, and the chain has the refusal."""
    settings = settings_of(tmp_path, street, clips=False)
    with pytest.raises(ConfigError, match=r"29-A M\.R\.S\. §2117-A"):
        record_clip(settings, OWN, 20.0, tmp_path / "out", CLOCK)
    assert not (tmp_path / "out").exists()
    with open_store(settings.store, settings.unit.name, CLOCK) as store:
        (act,) = acts(store)
    assert isinstance(act, Clip)
    assert act.act == "refused"


def test_while_watch_has_the_camera_nothing_is_recorded(street: Path, tmp_path: Path) -> None:
    """The folder that a running watch holds keeps the recorder out."""
    settings = settings_of(tmp_path, street)
    with (
        without_watch(tmp_path / "run"),
        pytest.raises(ConfigError, match="systemctl stop edge-watch"),
    ):
        record_clip(settings, OWN, 20.0, tmp_path / "out", CLOCK)


def test_without_the_test_car_nothing_is_kept(street: Path, tmp_path: Path) -> None:
    """Another plate than any that drove by leaves no file and nothing on the list."""
    settings_of(tmp_path, street)
    words = ["record", "--config", str(tmp_path / "site.toml"), "--plate", "zz 99-999"]
    assert main([*words, "--out", str(tmp_path / "out")]) == 2
    assert not (tmp_path / "out").exists()


def test_a_clip_on_a_stick_that_is_away_stays_on_the_list(tmp_path: Path) -> None:
    """Where the folder is gone nothing is told as deleted."""

    class Notes:
        text = (
            f'[{{"file": "{tmp_path}/stick/a.mkv", "seconds": 1,'
            ' "until": "2026-01-01T00:00:00.000Z"}]'
        )

        def noted(self, _key: str) -> str:
            return self.text

        def note(self, _key: str, value: str) -> None:
            self.text = value

    class Chain:
        told = 0

        def tell(self, _kind: str, _act: Act) -> None:
            self.told += 1

    notes, chain = Notes(), Chain()
    clock = FakeClock(Moment(1_900_000_000_000_000_000, 0))
    ClipEnd(notes, chain, clock).step()
    assert (len(kept_clips(notes)), chain.told) == (1, 0)
    (tmp_path / "stick").mkdir()
    ClipEnd(notes, chain, clock).step()
    assert (len(kept_clips(notes)), chain.told) == (0, 1)
