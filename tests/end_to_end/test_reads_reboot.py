"""Kept reads over a reboot with all daemons: the unit asks over the broker, the archive gives."""

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.brokers import Broker, until
from tests.end_to_end.daemons import Process
from tests.end_to_end.test_kept_reads import Pole
from tests.services.archiving import Archive
from tests.services.watching import started

pytestmark = [pytest.mark.machine, pytest.mark.timeout(180), pytest.mark.xdist_group("disk")]
KEEP_S = 50.0


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    made = Broker(tmp_path / "broker").start()
    yield made
    made.stop()


@pytest.fixture
def archive(tmp_path: Path, broker: Broker, pole: Pole) -> Iterator[Archive]:
    made = Archive(tmp_path, broker)
    law = f'[law]\nprofile = "{pole.folder / "law.toml"}"\n'
    made.config.write_text(made.config.read_text() + law)
    yield made
    made.close()


@pytest.fixture
def pole(tmp_path: Path, broker: Broker) -> Pole:
    disk = tmp_path / "disk"
    disk.mkdir()
    one = Pole(tmp_path / "unit", disk)
    text = one.site.read_text().replace(
        "keep_s = 15.0", f"keep_s = {KEEP_S}\nsurvive_reboot = true"
    )
    text = text.replace("[hotlist]\n", f"[hotlist]\ninbox = {json.dumps(str(disk / 'inbox'))}\n")
    one.site.write_text(text + broker.site("main-street"))
    return one


def all_of(stage: ExitStack, pole: Pole) -> list[Process]:
    """Start search, deliver and watch, in that order."""
    deliver = Process("deliver", ["run", "deliver", "--config", str(pole.site)], pole.folder)
    search = started(stage, pole.search())
    until((pole.run / "reads" / "slots").exists, 20.0, "the first key")
    return [search, started(stage, deliver), started(stage, pole.process())]


def acts(pole: Pole, act: str) -> list[int]:
    return [found["count"] for one in pole.acts() if (found := json.loads(one))["act"] == act]


def wrapped(pole: Pole) -> set[str]:
    """Return the slots that have both reads and a wrapped key."""
    keys = {file.stem for file in (pole.disk / "reads").glob("*.key")}
    return keys & {file.name.partition("-")[0] for file in pole.files}


@pytest.mark.parametrize("heard", [True, False], ids=["heard", "the archive is silent"])
def test_reads_outlive_a_reboot_if_the_archive_says_so(
    archive: Archive, pole: Pole, heard: bool
) -> None:
    """Killed, tmpfs emptied, swept, started: the archive's keys come, and the reads are there.

    The control: with the archive off nothing comes back, and the reads end by the limit.
    """
    archive.start()
    with ExitStack() as stage:
        daemons = all_of(stage, pole)
        until(lambda: bool(wrapped(pole)), 40.0, "reads whose key is wrapped")
        for one in daemons:
            one.kill()
        if not heard:
            archive.stop()
        old = wrapped(pole)
        shutil.rmtree(pole.run)
        words = ["reads", "--config", str(pole.site), "sweep"]
        assert Process("sweep", words, pole.folder).start().wait(30.0) == 0
        assert wrapped(pole) == old, "the sweep leaves what may come back"
        daemons = all_of(stage, pole)
        if heard:
            until(lambda: sum(acts(pole, "restored")) > 0, 40.0, "keys from the archive")
            assert old & wrapped(pole)
        else:
            until(lambda: not old & wrapped(pole), KEEP_S + 30.0, "the end of the old reads")
        assert bool(acts(pole, "restored")) is heard
        assert all(one.process.poll() is None for one in daemons)
