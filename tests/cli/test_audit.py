"""``edge audit``: from a unit's disk to somebody who trusts nobody here."""

import json
from pathlib import Path

import pytest

from edge.cli import main
from edge.store import open_store
from edge.store.console import ConsoleStore
from tests.alerts import UNIT, an_alert, store_section
from tests.fakes import FakeClock
from tests.keys.cast import keys_folder, keys_of
from tests.messages.chains import a_head
from tests.store.letters import plain


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return the settings of a unit, and of a console, with a few rows each."""
    keys, clock = keys_folder(tmp_path / "keys", "bridge-2"), FakeClock()
    config = tmp_path / "site.toml"
    config.write_text(
        f'[unit]\ntown = "windsor"\nname = "{UNIT.name}"\n[keys]\nfolder = "{keys}"\n'
        f'[store]\nfolder = "{tmp_path}/store"\n[console]\nfolder = "{tmp_path}/console"\n'
    )
    with open_store(store_section(tmp_path / "store"), UNIT.name, clock) as store:
        for _ in range(3):
            store.commit_alert(an_alert(at=clock.now()), plain)
        store.record("ended", {"process": "watch", "why": "a test"})
        blob = a_head(store.audit.links(), keys_of(UNIT.name), store.epoch)
        store.proofs.keep_head(4, blob)
        with store._db.transaction():
            store.audit.erase_payload(2)
    with ConsoleStore(tmp_path / "console", UNIT.name, clock) as console:
        console.record("log-out", {"officer": "dana", "session": "ab", "why": "logged out"})
    return config


def test_an_exported_record_is_verified_elsewhere(
    site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Export and verify agree; one changed letter makes it broken, with its row, and exit 1."""
    file, root = tmp_path / "out" / "bridge-2.chain.jsonl", str(tmp_path / "keys" / "town.json")
    file.parent.mkdir()
    assert main(["audit", "--config", str(site), "export", str(file)]) == 0
    assert main(["audit", "verify", str(file.parent), "--root", root]) == 0
    assert "good" in capsys.readouterr().out
    file.write_bytes(file.read_bytes().replace(b'"kind":"ended"', b'"kind":"hour"'))
    assert main(["audit", "verify", str(file), "--root", root, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["good"], told["broken_row"], told["line"]) == (False, 4, 5)
    assert b"AB12345" not in file.read_bytes()


def test_the_head_of_a_running_watch_is_exported(
    site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rows that came after the last head that was kept are proven by the one beside the store."""
    run = tmp_path / "run"
    run.mkdir()
    site.write_text(site.read_text() + f'[runtime]\nfolder = "{run}"\n')
    with open_store(store_section(tmp_path / "store"), UNIT.name, FakeClock()) as store:
        store.record("ended", {"process": "watch", "why": "later"})
        blob = a_head(store.audit.links(), keys_of(UNIT.name), store.epoch)
    root = str(tmp_path / "keys" / "town.json")
    for number, (head, unsigned) in enumerate(((b"torn", True), (blob, False))):
        (run / "head").write_bytes(head)
        file = str(tmp_path / f"{number}.chain.jsonl")
        assert main(["audit", "--config", str(site), "export", file]) == 0
        assert main(["audit", "verify", file, "--root", root]) == 0
        assert ("1 rows after it are signed by nobody" in capsys.readouterr().out) is unsigned


def test_an_export_overwrites_nothing(
    site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is there stays as it is."""
    (tmp_path / "it").write_text("mine")
    assert main(["audit", "--config", str(site), "export", str(tmp_path / "it")]) == 2
    assert "is there already" in capsys.readouterr().err
    assert (tmp_path / "it").read_text() == "mine"


def test_the_newest_acts_are_shown(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rows in words or as JSON, of some kinds or all; an erased one says so."""
    assert main(["audit", "--config", str(site), "show"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert len(shown) == 4
    assert "(erased)" in shown[1]
    assert 'process=watch why="a test"' in shown[3]
    words = ["show", "--kind", "alert", "--last", "1", "--json"]
    assert main(["audit", "--config", str(site), *words]) == 0
    (row,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (row["number"], row["kind"], row["payload"]["sequence"]) == (3, "alert", 3)


def test_a_consoles_record_is_shown_too(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --console it is the console's chain; without a store there it is an error."""
    assert main(["audit", "--config", str(site), "show", "--console"]) == 0
    assert "officer=dana" in capsys.readouterr().out
    site.write_text(site.read_text().replace("/console", "/nowhere"))
    assert main(["audit", "--config", str(site), "show", "--console"]) == 2
    assert "there is no store here" in capsys.readouterr().err
