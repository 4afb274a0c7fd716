"""kill -9 at any moment and power cuts at any moment lose nothing that was called safe."""

import random
import shutil
from pathlib import Path

import pytest

from edge.clock import SystemClock
from edge.errors import StoreError
from edge.store import Store, open_store
from tests.alerts import UNIT, store_section
from tests.store.power import Daemons, cut, needs_compiler, stored

CUTS = 12


def _open(folder: Path) -> Store:
    return open_store(store_section(folder, keep_sent_s=1e9), UNIT.name, SystemClock("always"))


def _missing(folder: Path, safe: list[tuple[int, int, str]]) -> set[tuple[int, int, str]]:
    """Hold a store to all its promises and return the alerts called safe that are not in it."""
    with _open(folder) as store:
        store.check()
        rows = store._db.rows("SELECT sequence, revision, digest FROM outbox")
        numbered = store._db.rows("SELECT sequence, revision FROM numbers")
        audited = [
            (payload["sequence"], payload["revision"], payload["digest"])
            for link in store.audit.links()
            if link.kind == "alert" and (payload := store.audit.payload(link.number))
        ]
        assert sorted(audited) == sorted(rows), "each alert has its audit row and its outbox row"
        assert sorted((s, r) for s, last in numbered for r in range(last + 1)) == sorted(
            (s, r) for s, r, _ in rows
        )
        assert store.last_sequence() == max((s for s, _ in numbered), default=0)
        return set(safe) - set(rows)


def test_kill_at_any_moment_loses_nothing(tmp_path: Path) -> None:
    """Every alert called safe is there after each kill -9, and no number is given twice."""
    chance = random.Random(1)
    folder = tmp_path / "store"
    safe: list[tuple[int, int, str]] = []
    with Daemons() as daemons:
        for seed in range(250):
            after_s = chance.uniform(0, 0.15) * max(1.0, seed - 24)
            told, code = daemons.run_and_kill("watch", folder, seed, after_s)
            assert code == -9, told
            safe += stored(told)
            assert _missing(folder, safe) == set()
            if seed >= 25 and len(safe) > 25:  # a busy machine is given more and more
                break
    numbers = [(sequence, revision) for sequence, revision, _ in safe]
    assert len(numbers) == len(set(numbers)), "a number was given twice"
    assert len(safe) > 25


def test_two_processes_work_at_once_and_are_killed(tmp_path: Path) -> None:
    """Watch commits while deliver sends, acknowledges and erases; deliver is killed on the way."""
    chance = random.Random(2)
    with Daemons() as watch, Daemons() as deliver:
        watch.start("watch", tmp_path, 1, 150)
        for seed in range(8):
            told, code = deliver.run_and_kill("deliver", tmp_path, seed, chance.uniform(0.05, 0.2))
            assert code == -9, told
        told, code = watch.rest()
        assert (code, len(stored(told))) == (0, 150), told
        told, code = deliver.run("deliver", tmp_path, 99, 150)
        assert code == 0, told
    with _open(tmp_path) as store:
        store.check()
        assert store.outbox.depth() == 0
        assert store.audit.count("alert") == store.audit.count("receipt") == 150
        assert store.outbox.given_up() == 0


@needs_compiler
@pytest.mark.parametrize("share", [0.0, 0.5], ids=["nothing unsynced", "random sectors"])
def test_power_cut_at_any_moment_loses_nothing(tmp_path: Path, shim: str, share: float) -> None:
    """Whatever a disk makes of writes that were not synced, alerts called safe are there."""
    lost, safe = _cut_again_and_again(tmp_path, shim, "watch", share)
    assert lost == set()
    assert len(safe) > CUTS


@needs_compiler
@pytest.mark.parametrize("synchronous", ["OFF", "NORMAL"])
def test_power_cut_without_syncs_does_lose(tmp_path: Path, shim: str, synchronous: str) -> None:
    """The control: with fewer syncs the same cuts lose or damage, so the cuts are real."""
    try:
        lost, _ = _cut_again_and_again(tmp_path, shim, synchronous, 0.0)
    except StoreError as error:
        assert "damaged" in str(error)  # noqa: PT017 - a damaged store is a loss as well
    else:
        assert lost


def _cut_again_and_again(
    tmp_path: Path, shim: str, role: str, share: float
) -> tuple[set[tuple[int, int, str]], list[tuple[int, int, str]]]:
    folder, shadow = tmp_path / "disk", tmp_path / "shadow"
    folder.mkdir()
    shadow.mkdir()
    chance = random.Random(3)
    safe: list[tuple[int, int, str]] = []
    with Daemons(LD_PRELOAD=shim, POWER_DIR=str(folder), POWER_SHADOW=str(shadow)) as daemons:
        for seed in range(10 * CUTS):
            after_s = chance.uniform(0.02, 0.3) * max(1.0, seed - CUTS + 1)
            told, code = daemons.run_and_kill(role, folder, seed, after_s)
            assert code == -9, told
            safe += stored(told)
            cut(folder, shadow, chance, share)
            # A copy: to open the disk here would change it behind the back of the shadow.
            copied = shutil.copytree(folder, tmp_path / f"after {seed}")
            if lost := _missing(copied, safe):
                return lost, safe
            if seed >= CUTS and len(safe) > CUTS:  # a busy machine is given more and more
                break
    return set(), safe


def _promises(folder: Path) -> tuple[set[tuple[int, int]], set[tuple[int, int]], int]:
    """Return which rows wait and which have a receipt on the record, and how many lost a picture.

    Every alert of the record must be one or the other: none vanishes without a receipt.
    """
    with _open(folder) as store:
        store.check()
        waiting = set(
            store._db.rows("SELECT sequence, revision FROM outbox WHERE received_ns IS NULL")
        )
        record = [(one.kind, store.audit.payload(one.number)) for one in store.audit.links()]
        rows = [(kind, one) for kind, one in record if one is not None and "revision" in one]
        settled = {(one["sequence"], one["revision"]) for kind, one in rows if kind == "receipt"}
        alerts = {(one["sequence"], one["revision"]) for kind, one in rows if kind == "alert"}
        assert waiting | settled == alerts
        assert waiting & settled == set()
        dropped = sum(one["dropped"] for kind, one in record if kind == "pictures" and one)
        assert dropped == store.budget.total()
        return waiting, settled, dropped


def _deliver_and_cut(tmp_path: Path, shim: str, role: str, share: float) -> tuple[set, int]:
    """Cut the power under a deliverer again and again.

    Returns:
        What was confirmed to the broker and is not settled after a cut, and the pictures dropped.
    """
    folder, shadow = tmp_path / "disk", tmp_path / "shadow"
    folder.mkdir()
    shadow.mkdir()
    chance = random.Random(4)
    confirmed: set[tuple[int, int]] = set()
    dropped = 0
    with Daemons(LD_PRELOAD=shim, POWER_DIR=str(folder), POWER_SHADOW=str(shadow)) as daemons:
        for seed in range(4):
            told, code = daemons.run("watch", folder, seed, 30)
            assert code == 0, told
            told, code = daemons.run_and_kill_at(
                role, folder, seed, "settled", chance.randint(1, 20), chance.uniform(0, 0.02)
            )
            assert code == -9, told
            confirmed |= {(int(one[1]), int(one[2])) for one in told if one[0] == "settled"}
            cut(folder, shadow, chance, share)
            _, settled, dropped = _promises(
                shutil.copytree(folder, tmp_path / f"after {role} {seed}")
            )
            if lost := confirmed - settled:
                return lost, dropped
    return set(), dropped


@needs_compiler
@pytest.mark.parametrize("share", [0.0, 0.5], ids=["nothing unsynced", "random sectors"])
def test_power_cut_keeps_what_was_settled(tmp_path: Path, shim: str, share: float) -> None:
    """A receipt confirmed to the broker stays settled, no alert is gone, pictures may be."""
    lost, dropped = _deliver_and_cut(tmp_path, shim, "deliver", share)
    assert lost == set()
    assert dropped > 0, "the store was over its budget while the power was cut"


@needs_compiler
@pytest.mark.parametrize("careless", ["hasty", "sloppy"])
def test_power_cut_under_the_careless_does_lose(tmp_path: Path, shim: str, careless: str) -> None:
    """The control: confirmed before the commit, or without syncs, settled rows come back."""
    try:
        lost, _ = _deliver_and_cut(tmp_path, shim, careless, 0.0)
    except (StoreError, AssertionError) as error:
        assert "damaged" in str(error) or careless == "sloppy"  # noqa: PT017 - a loss as well
    else:
        assert lost
