"""``edge reads sweep``: before any service starts, what no key opens is gone, and on the chain."""

from pathlib import Path

import pytest

from edge.cli import main
from edge.clock import SystemClock
from edge.config import load
from edge.keys.crypto import OpeningKey, SigningKey
from edge.services.reads_slots import FOLDER, HolderLock
from edge.store import open_store
from edge.store.reads import ReadsFolder
from tests.store.test_reads import read


def unit(tmp_path: Path, *, store: bool = True) -> Path:
    """Return the settings of a unit whose last holder left three reads behind."""
    site = tmp_path / "site.toml"
    site.write_text(
        f'[store]\nfolder = "{tmp_path}/store"\n[runtime]\nfolder = "{tmp_path}/run"\n'
        f'[reads]\nfolder = "{tmp_path}/reads"\nkeep_s = 180.0\n[law]\nprofile = "us-nh"\n'
    )
    folder = ReadsFolder(tmp_path / "reads")
    folder.make()
    for texts in (["AB1", "AB2"], ["AB3"]):
        file = folder.begin(OpeningKey.make().public, SigningKey.make())
        file.append([read(one) for one in texts])
        file.close()
    if store:
        settings = load([site]).settings
        open_store(settings.store, settings.unit.name, SystemClock("always")).close()
    return site


def test_the_sweep_deletes_and_records(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Three reads of two slots: gone, told, counted on the chain; the next sweep finds nothing."""
    site = unit(tmp_path)
    assert main(["reads", "--config", str(site), "sweep"]) == 0
    assert capsys.readouterr().out == "3 kept reads deleted, for their keys are gone\n"
    assert list((tmp_path / "reads").iterdir()) == []
    settings = load([site]).settings
    with open_store(settings.store, settings.unit.name, SystemClock("always")) as store:
        rows = [link.kind for link in store.audit.links()]
    assert rows == ["reads"]
    assert main(["reads", "--config", str(site), "sweep"]) == 0
    assert capsys.readouterr().out == "nothing to sweep\n"


def test_while_a_holder_lives_nothing_is_touched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Called by hand on a running unit, the sweep deletes no reads whose keys live."""
    site = unit(tmp_path)
    (tmp_path / "run" / FOLDER).mkdir(parents=True)
    lock = HolderLock(tmp_path / "run" / FOLDER)
    lock.take()
    assert main(["reads", "--config", str(site), "sweep"]) == 0
    lock.release()
    assert capsys.readouterr().out == "nothing to sweep\n"
    assert len(list((tmp_path / "reads").iterdir())) == 2


def test_without_a_store_they_are_deleted_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A store that is missing is told, and keeps no read alive."""
    site = unit(tmp_path, store=False)
    assert main(["reads", "--config", str(site), "sweep"]) == 2
    assert "no chain tells of" in capsys.readouterr().err
    assert list((tmp_path / "reads").iterdir()) == []
    assert not (tmp_path / "store").exists()
