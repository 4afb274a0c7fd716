"""The archive as a process under faults: killed, full, emptied, lied to; on either database."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge.messages.chain import build_chain
from edge.messages.topics import Kind, topic
from edge.store.console import ConsoleStore
from tests.alerts import UNIT
from tests.archive.batches import rewritten
from tests.archive.postgres import PASSWORD, Postgres, find
from tests.brokers import Broker, Tap, until
from tests.fakes import START
from tests.keys.cast import TOWN, party_of
from tests.messages.chains import a_chain
from tests.services.archiving import Archive, work
from tests.services.consoles import Console
from tests.services.delivering import ALERT, CLOCK, Site
from tests.services.test_console import letter

pytestmark = [pytest.mark.machine, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    programs = find()
    assert programs is not None, "no PostgreSQL here: sudo apt install postgresql"
    server = Postgres(programs).start()
    yield server
    server.stop()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    made = Broker(tmp_path / "broker").start()
    yield made
    made.stop()


@pytest.fixture
def site(tmp_path: Path, broker: Broker) -> Iterator[Site]:
    made = Site(tmp_path, broker)
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def archive(
    request: pytest.FixtureRequest, tmp_path: Path, broker: Broker, postgres: Postgres
) -> Iterator[Archive]:
    server = postgres.make() if request.param == "postgresql" else ""
    made = Archive(tmp_path, broker, server, PASSWORD if server else "")
    yield made
    made.close()


def test_killed_again_and_again_it_loses_nothing(site: Site, archive: Archive) -> None:
    """Killed five times in the middle of the work: every letter is held once, every row proven."""
    site.deliver()
    for number in range(5):
        archive.start()
        site.alert(4)
        work(site, 30)
        until(lambda n=number: len(archive.letters()) > 4 * n, 60, "some letters")
        archive.kill()
    archive.start()
    archive.settled(site)
    assert len(set(archive.letters())) == len(archive.letters()) == 20
    with archive.look() as store:
        took = [row.payload["letter"] for row in store.acts(["took"]) if row.payload]
        assert len(took) == len(set(took)) == 20, "each on record once"
        store.check()
    assert "AB12345" not in archive.said()


def test_a_lost_server_ends_it_and_it_goes_on(
    tmp_path: Path, site: Site, broker: Broker, postgres: Postgres
) -> None:
    """A server that sends all away ends the process; its next start goes on, nothing is lost."""
    archive = Archive(tmp_path, broker, postgres.make(), PASSWORD)
    archive.start()
    site.deliver()
    site.alert(3)
    until(lambda: len(archive.letters()) == 3, 60, "three letters")
    name = archive.place.server.rpartition("/")[2]
    away = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"  # noqa: S608 - a name of our own

    def ended() -> bool:
        postgres.say(away)
        site.alert(1)
        return not archive.runs()

    until(ended, 60, "the end of an archive whose server sends it away")
    archive.start()
    archive.settled(site)
    assert PASSWORD not in archive.said()
    archive.close()


def test_an_archive_that_lost_its_disk_gets_all_again(
    tmp_path: Path, site: Site, broker: Broker
) -> None:
    """A new, empty archive in the place of the lost one asks for every chain from row 1."""
    archive = Archive(tmp_path, broker)
    work(site, 250)
    archive.start()
    site.deliver()
    archive.settled(site)
    archive.stop()
    archive.place.folder.rename(tmp_path / "lost")
    archive.start()
    until(archive.made)
    archive.settled(site)
    with archive.look() as store:
        hours = [row for row in store.acts(["hour"]) if row.payload]
    archive.close()
    assert len(hours) == 250


def test_an_officers_word_is_signed_for(tmp_path: Path, broker: Broker) -> None:
    """A console's outcome leaves its outbox on the archive's receipt; its record comes as well."""
    archive = Archive(tmp_path, broker).start()
    console = Console(tmp_path, "car-12", broker, receivers=["archive"]).start()
    page, tap = console.page(), Tap(broker)
    until(lambda: page.desk()["state"]["online"], 60)
    tap.publish(ALERT, letter(1))
    tap.close()
    until(lambda: len(page.cards()) == 1, 60, "the card")
    page.log_in("dana")
    (card,) = page.cards()
    page.answer(card, "7")
    text = "AB12745"
    page.post(f"/api/card/{card['number']}/outcome", outcome="misread", note="a 7", text=text)
    until(lambda: any("car-12" in one for one in archive.letters()), 60, "the outcome")
    with ConsoleStore(tmp_path / "car-12" / "console", "car-12", CLOCK) as store:
        until(lambda: store.outbox.depth() == 0, 60, "an empty outbox")

    def recorded() -> set[str]:
        with archive.look() as store:
            return {row.kind for row in store.acts() if row.name == "car-12" and row.payload}

    until(lambda: {"log-in", "outcome"} <= recorded(), 60, "the console's record")
    console.close()
    archive.stop()


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    folder.mkdir(mode=0o700)
    options = f"size={size},mode=0700"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_on_a_full_disk_the_unit_keeps_everything(
    tmp_path: Path, site: Site, broker: Broker
) -> None:
    """Without room nothing is confirmed, and the unit keeps its rows; with room all comes."""
    archive = Archive(tmp_path, broker)
    with small_disk(archive.place.folder, "1m"):
        archive.start()
        until(archive.made)
        filler = archive.place.folder / "filler"
        until(lambda: archive.process is not None and "connected" in archive.said())
        filler.write_bytes(bytes(1_000_000 - _used(archive.place.folder)))
        site.alert(8)
        work(site, 200)
        site.deliver()
        until(lambda: "no space left" in archive.said(), 60, "the sentence")
        assert site.depth() == 8
        assert archive.process is not None
        assert archive.process.child.poll() is None, "it waits, and does not die"
        subprocess.run(["mount", "-o", "remount,size=20m", str(archive.place.folder)], check=True)
        archive.settled(site)
        assert len(archive.letters()) == 8
        archive.close()


def test_a_liar_at_the_broker_changes_nothing(tmp_path: Path, site: Site, broker: Broker) -> None:
    """Forged rows under a true head, other units' rows and garbage by the hundred: no harm done.

    The true chain arrives all the same, whole, and nobody cries wolf.
    """
    archive = Archive(tmp_path, broker)
    work(site, 60)
    archive.start()
    site.deliver()
    archive.settled(site)
    liar = Tap(broker, "liar")
    chain = topic(TOWN, UNIT.name, Kind.CHAIN)
    with site.store() as store:
        epoch, own = store.epoch, store.proofs.newest_head()[1]
    forged = rewritten(a_chain(60, epoch), 1)[0]
    lie = build_chain(TOWN, UNIT.name, epoch, forged, [], own, [party_of("archive")], START)
    flood = [lie if n % 3 == 0 else bytes([n % 256]) * (n % 900) for n in range(900)]
    sent = [liar._client.publish(chain, blob, 1) for blob in flood]
    sent[-1].wait_for_publish(60)
    work(site, 40)
    archive.settled(site)
    with archive.look() as store:
        (state,) = [one for one in store.chains() if one.name == UNIT.name]
        assert (state.branch, state.broken) == (0, None)
        assert list(store.acts(["chain"])) == []
        store.check()
    liar.close()
    archive.close()


def test_a_rewritten_chain_is_found_and_located(tmp_path: Path, site: Site, broker: Broker) -> None:
    """Somebody with the unit's disk and key rewrites its past: the archive names the row."""
    archive = Archive(tmp_path, broker)
    work(site, 30)
    archive.start()
    deliver = site.deliver()
    archive.settled(site)
    deliver.stop()
    with site.store() as store:
        links = rewritten((store.audit.links(), []), 12)[0]
        with store._db.transaction():
            for link in links:
                store._db.execute(
                    "UPDATE audit SET kind = ?, previous = ?, hash = ? WHERE number = ?",
                    (link.kind, link.previous, link.hash, link.number),
                )
    work(site, 5)
    site.deliver()
    until(lambda: "row 12 was changed after" in archive.said(), 90, "the alarm")
    with archive.look() as store:
        told = [row.payload["number"] for row in store.acts(["chain"]) if row.payload]
        assert told[-1] == 12
        assert store.newest()[UNIT.name].branch == 1
    archive.close()


def _used(folder: Path) -> int:
    return sum(file.stat().st_blocks * 512 for file in folder.iterdir())
