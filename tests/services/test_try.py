"""A try and the store: the side that is tried writes nothing that the side before cannot read."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from edge.cli import main, update_bootloader
from edge.services.selftest import known_tables
from edge.services.tryboot import Tryboot, written


class Unit:
    """A unit with a card of two sides, asked by the command as systemd and a person ask."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.boot, self.proc, self.update = (folder / one for one in ("boot", "proc", "update"))
        for place in (self.boot, self.proc, self.update, folder / "store"):
            place.mkdir()
        (self.boot / "autoboot.txt").write_bytes(written("A", "B"))
        (folder / "store/edge.db").touch()  # never opened by any of this
        places = f'[update]\nfolder = "{self.update}"\n[store]\nfolder = "{folder}/store"\n'
        (folder / "site.toml").write_text(places)
        self.reboots: list[Sequence[str]] = []
        self.start("A")

    @property
    def tables(self) -> Path:
        return self.update / "tables.json"

    def start(self, side: str, word: str = "") -> None:
        line = f"root=PARTLABEL=edge-root-{side.lower()} {word}\n"
        (self.proc / "cmdline").write_text(line)

    def card(self, boot: Path) -> Tryboot:
        return Tryboot(boot, self.proc, self.reboot)

    def reboot(self, words: Sequence[str]) -> str:
        self.reboots.append(words)
        return ""

    def ask(self, word: str) -> int:
        config = ["--config", str(self.folder / "site.toml")]
        return main(["update", *config, "bootloader", word, "--boot", str(self.boot)])


@pytest.fixture
def unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Unit:
    made = Unit(tmp_path)
    monkeypatch.setattr(update_bootloader, "Tryboot", made.card)
    return made


def test_what_this_side_reads_is_told_before_a_try(unit: Unit) -> None:
    """The side that is tried finds the numbers of the side before, and the machine starts anew."""
    assert unit.ask("try") == 0
    assert json.loads(unit.tables.read_bytes()) == known_tables()
    assert unit.reboots == [["reboot"]]


def test_without_a_place_to_tell_it_nothing_is_tried(
    unit: Unit, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be told would not be known: no reboot, and a sentence."""
    unit.update.rmdir()
    assert unit.ask("try") == 2
    assert "tables.json: cannot be written" in capsys.readouterr().err
    assert unit.reboots == []
    assert not (unit.boot / "tryboot").exists()


def test_tables_that_fit_may_be_opened(unit: Unit) -> None:
    """The same numbers: the daemons of the side on trial may begin."""
    unit.ask("try")
    unit.start("B", "edge.tryboot=1")
    assert unit.ask("fits") == 0


@pytest.mark.parametrize("known", [{"unit": known_tables()["unit"] - 1}, None])
def test_newer_tables_are_not_written_in_a_try(
    unit: Unit, capsys: pytest.CaptureFixture[str], known: dict[str, int] | None
) -> None:
    """The side before reads older ones, or nobody knows which: no daemon begins."""
    if known is not None:
        unit.tables.write_text(json.dumps(known))
    unit.start("B", "edge.tryboot=1")
    assert unit.ask("fits") == 2
    wanted = "nobody knows what is safe" if known is None else "there would be no way back"
    assert wanted in capsys.readouterr().err


def test_outside_a_try_nothing_stands_in_the_way(unit: Unit) -> None:
    """A side that is kept begins, whatever was told once: even with settings that are broken."""
    (unit.folder / "site.toml").write_text("no settings")
    unit.tables.write_text("{}")
    assert unit.ask("fits") == 0
