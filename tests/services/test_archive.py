"""The archive as a process: what a unit has goes there, once, whatever is killed in between."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.keys.trust import ROOT_FILE, load_root
from edge.messages.links import verify
from edge.services.audit_verify import verify_exports
from tests.alerts import UNIT
from tests.brokers import Broker, until
from tests.services.archiving import Archive, work
from tests.services.delivering import Site

pytestmark = pytest.mark.machine


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


@pytest.fixture
def archive(tmp_path: Path, broker: Broker) -> Iterator[Archive]:
    made = Archive(tmp_path, broker)
    yield made
    made.close()


@pytest.mark.timeout(300)
def test_outbox_empties_and_the_chain_arrives(site: Site, archive: Archive, tmp_path: Path) -> None:
    """Alerts leave the outbox on the archive's receipts; every row comes, opened and proven.

    An export holds offline, with the town's root alone.
    """
    site.alert(3)
    work(site, 5)
    archive.start()
    site.deliver()
    archive.settled(site)
    assert len(archive.letters()) == 3
    with archive.look() as store:
        epoch = store.newest()[UNIT.name].epoch
        assert verify(store.rows(UNIT.name, epoch), epoch) is None
        hours = [row for row in store.acts(["hour"]) if row.name == UNIT.name]
        assert [row.payload["passes"] for row in hours if row.payload] == [101, 102, 103, 104, 105]
        took = [row.payload for row in store.acts(["took"])]
        assert len(took) == 3
        until(lambda: any(one.online for one in store.units()), 20, "the unit's status")
        store.check()
    exported(archive, tmp_path)
    archive.stop()
    assert "AB12345" not in archive.said()
    with archive.look() as store:
        kinds = [row.kind for row in store.acts() if row.name == "archive"]
    assert (kinds[0], kinds[-1]) == ("started", "ended")


def exported(archive: Archive, tmp_path: Path) -> None:
    """Export by the command line beside the daemon; hold chains and manifest by the root alone."""
    out, root = tmp_path / "export", archive.folder / "keys" / ROOT_FILE
    assert archive.run("archive", "export", str(out), "--why", "a test").child.returncode == 0
    assert archive.run("archive", "verify", str(out), "--root", str(root)).child.returncode == 0
    assert archive.run("archive", "status").child.returncode == 0
    found = verify_exports([out], load_root(root), [])
    assert {one.name: one.good for one in found} == {"archive": True, UNIT.name: True}
