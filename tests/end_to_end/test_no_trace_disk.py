"""A car that is on no list leaves nothing on the disk: not in a file, not where files once were.

The daemons run where a disk of their own is all that can be written; afterwards the whole image is
searched, its free space and its journal included.
"""

import json
import signal
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.config import load
from edge.messages.search import recipients, seal_bundle
from edge.messages.topics import Kind, topic
from scripts.clip import Clip
from tests.brokers import Broker, Tap, until
from tests.end_to_end import carving
from tests.end_to_end.daemons import Process, Unit
from tests.end_to_end.disk import Disk
from tests.end_to_end.leaky_disk import LEAKS
from tests.end_to_end.traces import Searcher, Trace, close
from tests.keys.cast import ROSTER
from tests.services.searching import a_bundle, a_query

pytestmark = [pytest.mark.machine, pytest.mark.timeout(300), pytest.mark.xdist_group("disk")]
LEAKY = Path(__file__).with_name("leaky_disk.py")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def disk() -> Iterator[Disk]:
    one = Disk()
    try:
        yield one.start()
    finally:
        one.stop()


@pytest.fixture
def broker(disk: Disk) -> Iterator[Broker]:
    """Return a broker whose files are not on the disk: it is another machine."""
    one = Broker(disk.folder / "broker")
    one.start()
    yield one
    one.stop()


def unit_on(disk: Disk, broker: Broker, street: Clip) -> Unit:
    listed = [(street.listed[0], street.states[0])]
    folder = disk.mount / "unit"
    extra = f'search = {{ folder = "{folder}/search" }}'
    return Unit(folder, broker, street.video, listed, extra, paced=False)


def ask(tap: Tap, plate: str) -> None:
    """Let an officer ask for *plate* over the broker, and wait for the sealed answer."""
    now = datetime.now(UTC).replace(microsecond=0)
    query = a_query(now, pattern=plate, units=["main-street"])
    blob = seal_bundle(a_bundle(query), recipients(ROSTER, ["main-street"], now))
    tap.publish(topic("windsor", "main-street", Kind.SEARCH), blob)
    until(lambda: tap.payloads("/answer"), 30, "the answer to a search")


def planted(street: Clip) -> set[str]:
    return set(street.plates) - {street.listed[0]}


def search(raw: bytes, plates: set[str], searcher: Searcher) -> Iterator[Trace]:
    """Search an image as bytes, unpacked, and by eye."""
    yield from (Trace("the image", found) for found in carving.texts(raw, plates))
    for picture in carving.pictures(raw):
        searcher.pictures_read += 1
        for text in searcher.texts(picture):
            for plate in plates:
                if close(text, plate):
                    yield Trace("the image", f"a picture of {plate}")


def test_unlisted_cars_leave_no_trace_on_a_disk(
    disk: Disk, broker: Broker, street: Clip, stage: ExitStack
) -> None:
    """Files, free space, journal and broker hold nothing of them, and a crash leaves no core."""
    assert load([]).settings.law.profile == "strict"
    unit, program = unit_on(disk, broker, street), disk.edge()
    tap = Tap(broker)
    stage.callback(tap.close)
    words = ["--config", str(unit.site)]
    others = [
        Process(name, ["run", name, *words], unit.folder, program=program)
        for name in ("deliver", "search")
    ]
    for other in others:
        other.start()
        stage.callback(other.stop)
    watch = unit.watch(program=program).start()
    stage.callback(watch.stop)
    assert watch.wait(150) == 0, watch.errors()
    until(lambda: tap.payloads("/alert"), 30, "the listed car's alert")
    until(lambda: tap.payloads("/health"), 30, "a health message")
    last = json.loads((unit.folder / "run" / "watch.json").read_bytes())
    assert last["sightings"] >= len(street.plates) - 1, "the planted cars were not even seen"
    ask(tap, min(planted(street)))  # an officer's word stays sealed as well
    crash(unit, disk)
    for other in others:
        assert other.stop() == 0, other.errors()
    messages: dict[str, list[bytes]] = defaultdict(list)
    for where, payload, _ in tap.messages:
        messages[where].append(payload)
    searcher = Searcher(planted(street))
    assert searcher.folder(unit.folder) + searcher.messages(messages) == []
    assert searcher.pictures_read >= 2, "the listed car's own crop was not found: a blind search"
    for body in messages.values():
        for one in body:
            assert list(carving.texts(one, planted(street))) == []
    raw = disk.raw()
    assert list(carving.texts(raw, [street.listed[0]])), "the list itself is not found: blind"
    assert list(search(raw, planted(street), searcher)) == []


def crash(unit: Unit, disk: Disk) -> None:
    """Let a watch that has plates in memory die of what makes a core elsewhere."""
    watch = Process(
        "watch", ["run", "watch", "--config", str(unit.site)], unit.folder, program=disk.edge()
    ).start()
    until(lambda: "first frame" in watch.errors().split("ended")[-1], 60, "frames before a crash")
    watch.process.send_signal(signal.SIGABRT)
    assert watch.wait(30) == -signal.SIGABRT
    assert cores(disk) == []


def cores(disk: Disk) -> list[Path]:
    """Return the core files on *disk*, whatever they are called."""
    found = [one for one in disk.mount.rglob("*") if one.is_file() and one.stat().st_size > 4]
    return [one for one in found if one.read_bytes()[:4] == b"\x7fELF"]


@pytest.mark.skipif(
    Path("/proc/sys/kernel/core_pattern").read_text().startswith(("|", "/")),
    reason="this kernel gives cores to a program or another folder, not to the daemon's own",
)
def test_a_core_file_is_found(disk: Disk, broker: Broker, street: Clip) -> None:
    """The control of the crash: a watch that forbids no core leaves one."""
    unit = unit_on(disk, broker, street)
    watch = unit.watch(program=disk.program(sys.executable, str(LEAKY), "dump")).start()
    assert watch.wait(120) == -signal.SIGABRT, watch.errors()
    assert cores(disk)


@pytest.mark.parametrize("leak", sorted(LEAKS))
def test_a_leak_without_a_file_is_found(
    disk: Disk, broker: Broker, street: Clip, leak: str
) -> None:
    """The control: a deleted picture, a log, a dropped table, a packed note: each one is found."""
    unit = unit_on(disk, broker, street)
    program = disk.program(sys.executable, str(LEAKY), leak)
    watch = unit.watch(program=program).start()
    assert watch.wait(120) == 0, watch.errors()
    if leak != "journal":
        assert not any(one in watch.errors() for one in planted(street))
    searcher = Searcher(planted(street))
    assert next(search(disk.raw(), planted(street), searcher), None) is not None
