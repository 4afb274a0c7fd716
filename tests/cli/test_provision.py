"""``edge provision``: what a person types, from a sheet to labels, and what the command answers."""

import os
import shutil
from pathlib import Path

import pytest

from edge.cli import main, provision, provision_desk
from edge.keys import town as towns
from tests.services.cards import HEAD, PHRASE, row


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder with a root, a sheet of two sites and a lamp."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "fsync", lambda _: None)
    monkeypatch.setattr(towns.make_town, "__defaults__", (2**10,))
    monkeypatch.setattr(provision, "LEDS", tmp_path / "leds")
    lamp = tmp_path / "leds" / "ACT"
    lamp.mkdir(parents=True)
    (lamp / "trigger").write_text("[none] timer pattern\n")
    (lamp / "max_brightness").write_text("1\n")
    Path("phrase").write_text(PHRASE + "\n")
    Path("phrase").chmod(0o600)
    Path("sites.csv").write_text(f"{HEAD}\n{row('a')}\n{row('b')}\n")
    assert main(["keys", "root", "windsor", "--passphrase-file", "phrase"]) == 0
    return tmp_path


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]):
    """Run a command line, hold its status against the wanted one, and return what it said."""

    def edge(words: str, status: int = 0) -> str:
        line = words.replace("!", "--passphrase-file phrase").split()
        found = main(["provision", *line])
        shown = capsys.readouterr()
        assert found == status, shown.out + shown.err
        return shown.out + shown.err

    return edge


def insert(name: str) -> None:
    shutil.copytree(f"out/{name}/boot", f"cards/{name}", dirs_exist_ok=True)


def start(name: str) -> str:
    return f"first-boot --boot cards/{name} --target units/{name}"


def test_from_sheet_to_labels(said) -> None:
    """The whole way, with fingerprints from a file, and once more for a successor."""
    told_first = said("batch sites.csv --out out")
    assert "a                    card 1 written: out/a/boot" in told_first
    assert "a                    archive is in its receivers and not on the roster" in told_first
    told = {}
    for name in ("a", "b"):
        insert(name)
        text = said(start(name))
        told[name] = text.split("fingerprint: ")[1][:35]
        assert "not on the roster yet" in text
        assert said(start(name)) == "no card waits: nothing to do\n"
    assert "no terminal to compare" in said("enrol cards --out out !", 2)
    Path("read").write_text(f"a {told['a']}\n")
    assert "has no line for b" in said("enrol cards --out out --fingerprints read !", 2)
    Path("read").write_text(f"a {told['a']}\nb {told['a']}\n")
    assert "b: other digits than" in said("enrol cards --out out --fingerprints read !", 2)
    Path("read").write_text(f"a {told['a']}\nb {told['b'].replace(' ', '')}\n")
    told_now = said("enrol cards --out out --fingerprints read !")
    steps = ["1. the broker must know them: edge broker acl --keys town", "2. no list is on"]
    steps += ["edge hotlist sign NEW.bundle --keys ISSUER", "--list NEW.bundle", "4. copy each"]
    steps += ["roster 2: 'edge orders send town/roster'"]
    found = [told_now.find(one) for one in steps]
    assert found == sorted(found)
    assert -1 not in found, told_now
    assert "b                    archive is in its receivers" in told_now
    Path("old.bundle").write_bytes(b"sealed to others")
    again = said("enrol cards --out out --fingerprints read --list old.bundle !")
    assert "a                    old.bundle is not on its card: it is not sealed to that" in again
    insert("a")
    assert "settings 3 are in force" in said(start("a"))
    assert "2 labels" in said("labels out --out labels.pdf")
    assert Path("labels.pdf").read_bytes().startswith(b"%PDF")
    assert "card 4 for its successor" in said("replace a --reason stolen --out out !")
    assert "no label: a was not enrolled yet" in said("labels out --out labels.pdf", 1)
    assert "revoked: b: sold" in said("revoke b --reason sold --out out !")
    assert "wiped:" in said("wipe a --target units/a")
    assert [one for one in Path("units/a").rglob("*") if one.is_file()] == []


def test_a_wrong_card_flashes_its_class(said) -> None:
    """The lamp's own pattern has as many flashes as the text beside the card says."""
    said("batch sites.csv --out out")
    insert("a")
    Path("cards/a/edge-site/roster").unlink()
    text = said(start("a"), 2)
    assert "edge-site/roster: is named in [provision] and is not on the card" in text
    assert "the lamp flashes 3 times" in text
    assert Path("leds/ACT/pattern").read_text().split().count("200") == 3
    assert "flashes 3 times" in Path("cards/a/edge-error.txt").read_text()
    shutil.rmtree("leds")
    assert "there is no lamp to flash" in said(start("a"), 2)


def test_a_wrong_sheet_or_folder_makes_nothing(said) -> None:
    """The sheet's line and column; no root's folder; a site that is not there."""
    Path("sites.csv").write_text(f"{HEAD}\n{row('a')}\n{row('B')}\n")
    assert "sites.csv:3: column 1 (name)" in said("batch sites.csv --out out", 2)
    assert not Path("out").exists()
    assert "configs/sites-example.csv shows" in said("batch none.csv --out out", 2)
    assert "is no root's folder" in said("batch sites.csv --out out --town-folder x", 2)
    assert "has no site 'z'" in said("replace z --reason r --out out !", 2)
    assert "no unit was enrolled yet" in said("labels out --out labels.pdf", 2)


def test_labels_on_an_installed_machine_are_sent_to_the_desk(
    said, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is told to put packages past the lock into what is installed."""

    def missing(_: str) -> None:
        raise ModuleNotFoundError("none", name="fpdf")

    monkeypatch.setattr(provision_desk, "import_module", missing)
    told = said("labels out --out labels.pdf", 2)
    assert "fpdf is not installed" in told
    assert ".venv/bin/edge provision labels" in told
    assert "pip" not in told
