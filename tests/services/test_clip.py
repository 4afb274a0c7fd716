"""``edge record``: refused by law, on the chain, strangers' plates unreadable, gone by itself."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.cli import main
from edge.clock import Moment, SystemClock
from edge.config import Settings, load
from edge.config.packed import packed
from edge.errors import ConfigError
from edge.messages.acts import Act, read_act
from edge.messages.acts_unit import Clip
from edge.records import Frame
from edge.services.clip import Made, faint_reader, plates_in, record_clip, without_watch
from edge.services.clips import ClipEnd, kept_clips
from edge.sources.open import open_source
from edge.store import Store, open_store
from models.synth.clips import ClipSpec, Parked, Pass
from models.synth.video import write_clip
from tests.fakes import FakeClock
from tests.keys.cast import keys_folder

OWN, STRANGER = "AB12345", "CD67890"
CLOCK = SystemClock("always")


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a clip: the test car drives away, a stranger's stands beside, both readable."""
    folder = tmp_path_factory.mktemp("street")
    one = Pass("car-1", OWN, "us-ct", 0.1, 40.0)
    still = Parked("car-2", STRANGER, "us-ct", -0.2, 10.0)
    spec = ClipSpec(seed=5, fps=5.0, seconds=3.0, passes=(one,), parked=(still,), lanes=2)
    return write_clip(spec, folder).video


def settings_of(folder: Path, street: Path, *, clips: bool = True) -> Settings:
    """Return the settings of a unit whose town's own law allows clips, or does not."""
    body = (packed("configs") / "law" / "us-me.toml").read_text("utf-8")
    if clips:
        body = body.replace("clips = false", "clips = true")
        body = body.replace('counsel = ""', 'counsel = "the town\'s counsel, 2026-01-02"')
    law = folder / "law.toml"
    law.write_text(body.replace("confirmed = false", "confirmed = true"))
    site, keys = folder / "site.toml", keys_folder(folder / "keys", "main-street")
    site.write_text(
        f'[law]\nprofile = "{law if clips else "us-me"}"\n[clock]\ntrust = "always"\n'
        f'[source]\nkind = "video"\naddress = "{street}"\npaced = false\n'
        f'[store]\nfolder = "{folder}/store"\nreserve_mb = 2\n'
        f'[runtime]\nfolder = "{folder}/run"\n[keys]\nfolder = "{keys}"\n'
        '[unit]\ntown = "windsor"\nname = "main-street"\n'
    )
    (folder / "run").mkdir()
    settings = load([site]).settings
    with open_store(settings.store, settings.unit.name, CLOCK):
        pass
    return settings


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
