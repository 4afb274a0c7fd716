"""Orders sent from the archive's own machine while its daemon runs, connected under one name."""

from pathlib import Path

import pytest

from edge.keys.signed import Signed, to_bytes
from tests.brokers import Broker, until
from tests.cli.test_orders_here import ALERTS, a_hold_now, fill, request_now
from tests.services.archiving import Archive

pytestmark = [pytest.mark.machine, pytest.mark.timeout(300)]


def files(folder: Path, *documents: Signed) -> list[str]:
    found = []
    for number, document in enumerate(documents):
        found.append(folder / f"document-{number}")
        found[-1].write_bytes(to_bytes(document))
    return [str(one) for one in found]


def test_the_daemon_runs_on_and_both_write_one_chain(tmp_path: Path) -> None:
    """A hold, then an erasure that it holds back: taken at once, and the chain is whole."""
    broker = Broker(tmp_path / "broker").start()
    archive = Archive(tmp_path, broker)
    fill(archive.place)
    archive.start()
    try:
        until(lambda: "connected to the broker" in archive.said(), 60, "the archive")
        where = ("send", "--to", "archive", "--wait", "1")
        for documents in ((a_hold_now(),), request_now(), request_now("QX7R2ZK")):
            done = archive.run("orders", *where, *files(tmp_path, *documents))
            assert done.child.returncode == 0
        assert archive.process is not None
        assert archive.process.child.poll() is None
        with archive.look() as store:
            assert [one.number for one in store.letters.all() if one.letter] == ALERTS[:1]
            assert [one.alert for one in store.holds.standing()] == [str(ALERTS[0])]
        archive.stop()
        with archive.look() as store:
            store.check()
            kinds = [row.kind for row in store.acts()]
        assert (kinds.count("hold"), kinds.count("subject"), kinds.count("started")) == (1, 2, 1)
        assert archive.said().count("connected to the broker") == 1
    finally:
        archive.close()
        broker.stop()
