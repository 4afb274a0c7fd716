"""First boot: a card is taken whole, once, and what was good stays in force whatever comes."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from edge.config import load
from edge.errors import ProvisionError
from edge.keys.identity import load_identity
from edge.services import erase, first_boot
from edge.services.card import FOLDER
from edge.services.flashes import Fault
from edge.services.unit_note import read_application
from tests.keys.town import NOW
from tests.services.cards import HEAD, Desk, open_desk, row
from tests.services.interrupting import Cut, cut_at

# what a disk loses is tested in tests/keys
pytestmark = pytest.mark.usefixtures("no_waiting_for_disks")

_CALLS = ("rename", "replace", "unlink", "rmdir", "fsync")
SECRET = b"the camera's password, 0x5ecre7"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Return a desk with one site, which has a secret and a list to carry."""
    desk = open_desk(tmp_path)
    (tmp_path / "camera.password").write_bytes(SECRET)
    head = f"{HEAD},secrets"
    desk.make(f"{row('main-street')},camera.password", head=head)
    return desk


def refused(unit, fault: Fault, *words: str) -> str:
    """Start *unit*, whose card must be refused and everything else untouched; return the text."""
    before = unit.state()
    with pytest.raises(ProvisionError) as error:
        unit.start()
    assert error.value.flashes == fault
    assert unit.state() == before, "a refused card changed the unit"
    note = (unit.boot / "edge-error.txt").read_text("utf-8")
    for word in (*words, f"flashes {fault.value} times", fault.meaning):
        assert word in note, note
    return note


def test_a_card_is_taken_and_erased(desk: Desk) -> None:
    """Settings, keys, roster and secret are in their places; the card has only who the unit is."""
    unit = desk.unit("main-street")
    assert unit.start()
    identity = load_identity(unit.keys)
    settings = load([unit.root / "etc/edge/site.toml"]).settings
    assert settings.unit.name == identity.name == "main-street"
    assert settings.unit.place == "Main Street 12"
    secret = unit.root / "etc/edge/camera.password"
    assert secret.read_bytes() == SECRET
    assert secret.stat().st_mode & 0o777 == 0o400
    assert (unit.keys / "roster").read_bytes() == (desk.town.folder / "roster").read_bytes()
    assert [one.name for one in unit.boot.iterdir()] == ["edge-unit.txt"]
    request, _ = read_application(unit.boot / "edge-unit.txt")
    assert request.fingerprint == identity.fingerprint
    assert f"fingerprint: {identity.fingerprint}" in unit.said


def test_the_card_holds_nothing_secret_afterwards(desk: Desk) -> None:
    """No private key ever lies on the card, and the secret is gone from it."""
    unit = desk.unit("main-street")
    unit.start()
    left = b"".join(one.read_bytes() for one in unit.boot.rglob("*") if one.is_file())
    assert SECRET not in left
    for line in (unit.keys / "identity.key").read_text("ascii").split('"'):
        if len(line) == 44:  # a key as base64
            assert line.encode() not in left


def test_what_is_erased_was_overwritten_first(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the moment of its deletion a file is zeros of its whole length, synced."""
    found: list[bytes] = []
    unlink = os.unlink

    def look(path, **more) -> None:
        if "taken" in str(path):
            found.append(Path(path).read_bytes())
        unlink(path, **more)

    monkeypatch.setattr(os, "unlink", look)
    desk.unit("main-street").start()
    assert len(found) == 5
    assert len(SECRET) in [len(one) for one in found]
    assert all(not one.strip(b"\0") for one in found)


def test_the_second_start_does_nothing(desk: Desk) -> None:
    """Without a card nothing is written, not even the same again."""
    unit = desk.unit("main-street")
    unit.start()
    before, note = unit.state(), (unit.boot / "edge-unit.txt").stat().st_mtime_ns
    assert not unit.start()
    assert unit.state() == before
    assert (unit.boot / "edge-unit.txt").stat().st_mtime_ns == note


def test_a_newer_card_changes_settings_alone(desk: Desk) -> None:
    """Number 2 moves the unit to another place; its keys stay the ones that were compared."""
    unit = desk.unit("main-street")
    unit.start()
    own = load_identity(unit.keys)
    desk.make(row("main-street").replace("Main Street 12", "Elm Street 3"))
    unit.insert(desk.boot("main-street"))
    assert unit.start()
    assert load([unit.root / "etc/edge/site.toml"]).settings.unit.place == "Elm Street 3"
    assert load_identity(unit.keys) == own


def test_an_older_card_is_refused(desk: Desk) -> None:
    """The first card once more, after the second: refused, five flashes."""
    unit, again = desk.unit("main-street"), desk.unit("main-street", 1)
    unit.start()
    desk.make(row("main-street").replace("Main Street 12", "Elm Street 3"))
    unit.insert(desk.boot("main-street"))
    unit.start()
    unit.insert(again.boot)
    refused(unit, Fault.NUMBER, "a newer one is in force (number 2)", "write number = 3")


def test_another_card_of_the_same_number_is_refused(desk: Desk) -> None:
    """Two people changed number 1: the one in force stays; the same card again is no error."""
    unit, again = desk.unit("main-street"), desk.unit("main-street", 1)
    unit.start()
    unit.insert(again.boot)
    assert unit.start(), "the very same card is taken as such"
    unit.insert(again.boot)
    card = unit.boot / "edge-site.toml"
    card.write_text(card.read_text("utf-8").replace("41.85", "41.86"), "utf-8")
    refused(unit, Fault.NUMBER, "another file of that number is in force")


def test_a_refused_card_is_mended_and_taken(desk: Desk) -> None:
    """The explanation goes away by itself when the mended card is taken."""
    unit = desk.unit("main-street")
    card = unit.boot / "edge-site.toml"
    good = card.read_text("utf-8")
    card.write_text(good.replace("heading_deg", "headng_deg"), "utf-8")
    note = refused(unit, Fault.SETTINGS, "did you mean 'heading_deg'?", "has no settings yet")
    line = next(n for n, one in enumerate(good.splitlines(), 1) if one.startswith("heading_deg"))
    assert f"edge-site.toml:{line}:1: unit.headng_deg" in note
    card.write_text(good, "utf-8")
    assert unit.start()
    assert not (unit.boot / "edge-error.txt").exists()


def test_a_unit_that_was_set_up_by_hand_has_settings(desk: Desk) -> None:
    """Without a card's number, and with a site.toml: the note does not call it a blank one."""
    unit = desk.unit("main-street")
    site = unit.root / "etc/edge/site.toml"
    site.parent.mkdir(parents=True)
    site.write_text('[unit]\nname = "main-street"\n')
    card = unit.boot / "edge-site.toml"
    card.write_text(card.read_text("utf-8").replace("= 90.0", "= 90,0", 1), "utf-8")
    note = refused(unit, Fault.SETTINGS, "goes on with the settings and keys that it had")
    assert "no settings yet" not in note
    assert "write 90.0, with a decimal point" in note


def test_cards_that_were_exchanged_are_found_out(desk: Desk) -> None:
    """Another unit's card is refused by a unit that knows who it is."""
    desk.make(row("elm-street"))
    unit = desk.unit("main-street")
    unit.start()
    unit.insert(desk.boot("elm-street"))
    refused(unit, Fault.TRUST, "is for elm-street", "the cards were exchanged")


def test_another_towns_root_is_refused(desk: Desk, tmp_path: Path) -> None:
    """A root is trusted once: a card with another one of the same name changes nothing."""
    unit = desk.unit("main-street")
    unit.start()
    (tmp_path / "foreign").mkdir()
    foreign = open_desk(tmp_path / "foreign")
    for place in ("Elm Street 3", "Main Street 12"):
        foreign.make(row("main-street").replace("Main Street 12", place))
    unit.insert(foreign.boot("main-street"))
    refused(unit, Fault.TRUST, "another root than this unit trusts")


def test_a_newer_roster_is_not_taken_back(desk: Desk) -> None:
    """A card that was written before a revocation still brings its settings, not its roster."""
    unit = desk.unit("main-street")
    unit.start()
    desk.make(row("main-street").replace("Main Street 12", "Elm Street 3"))
    unit.insert(desk.boot("main-street"))
    newer = desk.town
    newer.change(newer.roster(), NOW)
    newer.sign("five words drawn by dice", NOW)
    roster = (desk.town.folder / "roster").read_bytes()
    (unit.keys / "roster").write_bytes(roster)
    assert unit.start()
    assert (unit.keys / "roster").read_bytes() == roster
    assert load([unit.root / "etc/edge/site.toml"]).settings.unit.place == "Elm Street 3"


def test_a_cut_at_any_moment_is_gone_on_with(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut before each change on the disk; the next start ends as one that was not cut."""
    whole = desk.unit("main-street")
    card = first_boot.read_card(whole.boot)  # read once: what it says does not change
    monkeypatch.setattr(first_boot, "read_card", lambda boot: replace(card, folder=boot / FOLDER))
    whole.start()
    wanted = set(whole.state())
    cuts = 0
    for at in range(1, 200):
        unit = desk.unit("main-street", at)
        if not cut_at(at, monkeypatch, _CALLS, unit.start):
            break  # more steps than there are
        cuts += 1
        told = unit.boot / "edge-unit.txt"
        before = read_application(told)[0].fingerprint if told.exists() else ""
        unit.start()
        assert {one for one in unit.state() if not one.endswith(".new")} == wanted, f"cut {at}"
        own = load_identity(unit.keys)
        assert read_application(told)[0].fingerprint == own.fingerprint
        assert before in ("", own.fingerprint), "a fingerprint that was told was no longer true"
        assert (unit.root / "etc/edge/camera.password").read_bytes() == SECRET
        left_over = [one.name for one in unit.boot.iterdir() if one.name != "edge-unit.part"]
        assert left_over == ["edge-unit.txt"], f"cut {at}"
    assert cuts > 40


def test_without_setting_aside_a_cut_card_would_be_refused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: erase the card's file where it lies, cut, and the next start finds rubbish."""
    unit = desk.unit("main-street")

    def in_place(boot: Path) -> None:
        erase._overwrite(boot / "edge-site.toml")
        raise Cut

    with monkeypatch.context() as patched:
        patched.setattr(first_boot, "set_aside", in_place)
        with pytest.raises(Cut):
            unit.start()
    with pytest.raises(ProvisionError):
        unit.start()


def test_a_card_that_cannot_be_written_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full or failing disk: six flashes, and the sentence says what failed."""
    unit = desk.unit("main-street")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(first_boot, "make_party", full)
    with pytest.raises(ProvisionError, match="No space left") as error:
        unit.start()
    assert error.value.flashes == Fault.UNIT


def test_what_reads_back_wrong_is_not_taken(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failing disk that loses bytes: the card stays as it was, with its secrets."""
    unit, write = desk.unit("main-street"), first_boot.files.write

    def losing(file: Path, body: bytes, *, private: bool = False) -> None:
        write(file, body[:-1] if file.name == "camera.password" else body, private=private)

    monkeypatch.setattr(first_boot.files, "write", losing)
    with pytest.raises(ProvisionError, match="reads back other than it was written"):
        unit.start()
    assert (unit.boot / "edge-site/camera.password").read_bytes() == SECRET
    assert not (unit.root / "etc/edge/site.toml").exists()
