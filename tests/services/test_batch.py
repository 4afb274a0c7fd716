"""A batch from sheet to believed units: twenty cards, twenty first boots, one signature."""

import os
import shutil
import subprocess
from dataclasses import replace as replaced
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.errors import KeysError, ProvisionError
from edge.keys import edits
from edge.keys.identity import load_identity
from edge.keys.roles import Role
from edge.keys.signed import sign
from edge.keys.x509 import holder_of, tls_public
from edge.services import batch as batches
from edge.services.batch import Batch
from edge.services.enrol import replace, revoke
from edge.services.keyring import open_keyring
from edge.services.label_sheet import label_sheet
from edge.services.labels import Label, plain, read_labels
from edge.services.sites import read_sheet
from tests.fakes import FakeClock
from tests.keys.town import NOW
from tests.services.cards import HEAD, PHRASE, Desk, open_desk, row

# what a disk loses is tested elsewhere; here are thousands of syncs
pytestmark = pytest.mark.usefixtures("no_waiting_for_disks")

NAMES = [f"pole-{number:02}" for number in range(1, 20)]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return open_desk(tmp_path)


def cards(desk: Desk) -> Path:
    """Return a folder with what all units wrote back."""
    back = desk.folder / "back"
    back.mkdir(exist_ok=True)
    for one in desk.folder.glob("card-*"):
        if (one / "edge-unit.txt").exists():
            shutil.copy(one / "edge-unit.txt", back / f"{one.name}.txt")
    return back


def test_twenty_sites_from_sheet_to_believed_units(desk: Desk) -> None:
    """Each unit's own keys count after its second start; no key was ever at the desk."""
    desk.make(*(row(name) for name in NAMES), row("dispatch", "console"))
    units = {name: desk.unit(name) for name in (*NAMES, "dispatch")}
    for unit in units.values():
        assert unit.start()
    compared: list[str] = []
    before = desk.town.roster().sequence
    enrolled = desk.enrol(
        cards(desk), lambda some: compared.extend(one.request.fingerprint for one in some)
    )
    roster = desk.town.roster()
    assert roster.sequence == before + 1, "one signature for all"
    assert [one.name for one in enrolled] == sorted(units)
    assert len(set(compared)) == 20
    clock = FakeClock()
    for name, unit in units.items():
        unit.insert(desk.boot(name))
        assert unit.start()
        role = Role.CONSOLE if name == "dispatch" else Role.UNIT
        keys = unit.root / f"var/lib/edge{'-console' if name == 'dispatch' else ''}/keys"
        ring = open_keyring(keys, clock, [role], name, "windsor")
        listed = [one for one in roster.parties if one.verify_key == ring.identity.signing.public]
        assert [one.name for one in listed] == [name]
        signed = sign("alert", b"seen", ring.identity)
        assert roster.check(signed, role, NOW).name == name
        pem = (unit.root / "etc/edge/unit.pem").read_bytes()
        key = (unit.root / "etc/edge/unit.key").read_bytes()
        assert holder_of(pem) == (name, tls_public(key))
    private = [one for one in desk.batch.out.rglob("*") if one.suffix == ".key"]
    assert private == [], "a private key lies at the desk"


def test_a_cut_enrolment_is_gone_on_with(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Signed, and the power goes at the second card: the same command ends it, a line each."""
    desk.make(row("a"), row("b"))
    for name in ("a", "b"):
        desk.unit(name).start()
    renew = Batch.renew

    def failing(self: Batch, name: str, certificate: bytes | None, lists: dict[str, bytes]) -> int:
        if name == "b":
            raise OSError(5, "the laptop's battery")
        return renew(self, name, certificate, lists)

    with monkeypatch.context() as patched:
        patched.setattr(Batch, "renew", failing)
        with pytest.raises(OSError, match="battery"):
            desk.enrol(cards(desk))
    signed = desk.town.roster().sequence
    assert [one.name for one in desk.enrol(cards(desk))] == ["a", "b"]
    roster = desk.town.roster()
    assert roster.sequence == signed
    assert [one.name for one in roster.parties] == ["a", "b"]
    assert len(desk.town.ledger.live("b", NOW)) == 1, "a second certificate is out"


def test_nobody_comes_in_unless_all_may(desk: Desk) -> None:
    """A foreign, a damaged and a doubled application: each told, nobody signed in."""
    desk.make(row("a"), row("b"))
    for number, name in enumerate(("a", "b", "b")):
        desk.unit(name, number).start()
    back = cards(desk)
    (back / "c.txt").write_text("-----BEGIN PARTY-----\nrubbish", "utf-8")
    (back / "d.party").write_bytes(b"rubbish")
    with pytest.raises(ProvisionError) as error:
        desk.enrol(back)
    for words in ("c.txt: is cut short", "d.party: is not a signed", "b came back twice", "nobody"):
        assert words in str(error.value)
    assert desk.town.roster().parties == ()
    with pytest.raises(ProvisionError, match=r"has no edge-unit\.txt"):
        desk.enrol(desk.boot("a"))


def test_fingerprints_that_differ_sign_nothing(desk: Desk) -> None:
    """Who compares says no: no line, no draft, no certificate."""
    desk.make(row("a"))
    desk.unit("a").start()

    def differs(_: object) -> None:
        raise ProvisionError("not the same digits")

    with pytest.raises(ProvisionError, match="not the same"):
        desk.enrol(cards(desk), differs)
    assert desk.town.roster().parties == ()
    assert not desk.town.pending()
    assert desk.town.ledger.all() == ()


def test_other_peoples_changes_are_not_signed_with_them(desk: Desk) -> None:
    """A draft that somebody else began stops the enrolment."""
    desk.make(row("a"), row("b"))
    for name in ("a", "b"):
        desk.unit(name).start()
    desk.enrol(cards(desk))
    desk.make(row("c"))
    desk.unit("c").start()
    desk.town.change(edits.revoked(desk.town.draft(), "a", NOW, "gone"), NOW)
    with pytest.raises(KeysError, match="other changes wait"):
        desk.enrol(cards(desk))


def test_a_unit_is_replaced_in_one_command(desk: Desk) -> None:
    """The old key is revoked, the new card makes a new one; the old card's key never comes back."""
    desk.make(row("a"))
    old = desk.unit("a")
    old.start()
    desk.enrol(cards(desk))
    old.insert(desk.boot("a"))
    old.start()
    roster, number = replace("a", "fell off", desk.batch, desk.town, PHRASE, NOW)
    assert number == 3
    assert [one.reason for one in roster.revoked] == ["fell off"]
    with pytest.raises(KeysError, match="fell off"):
        roster.check(sign("alert", b"", load_identity(old.keys)), Role.UNIT, NOW)
    with pytest.raises(ProvisionError, match="is revoked: it gets no second chance"):
        desk.enrol(cards(desk))
    new = desk.unit("a", 1)
    assert new.start()
    for one in cards(desk).glob("card-a-0*"):
        one.unlink()
    desk.enrol(desk.folder / "back")
    new.insert(desk.boot("a"))
    assert new.start()
    assert open_keyring(new.keys, FakeClock(), [Role.UNIT]).problem == ""
    again = desk.unit("a", 2)
    erased = again.boot / "edge-site.toml"
    assert erased.exists()


def test_a_lost_card_is_no_way_in(desk: Desk) -> None:
    """A second machine of one name is not let in beside the first: replace or revoke decides."""
    desk.make(row("a"))
    desk.unit("a").start()
    desk.enrol(cards(desk))
    shutil.rmtree(desk.folder / "back")
    shutil.rmtree(desk.folder / "card-a-0")
    desk.batch.renew("a", None)
    desk.unit("a", 1).start()
    with pytest.raises(ProvisionError, match="edge provision replace a"):
        desk.enrol(cards(desk))
    revoke("a", "lost", desk.batch, desk.town, PHRASE, NOW)
    assert [one.name for one in desk.enrol(cards(desk))] == ["a"]
    with pytest.raises(ProvisionError, match="never on the roster"):
        revoke("z", "lost", desk.batch, desk.town, PHRASE, NOW)


def test_the_same_sheet_again_changes_nothing(desk: Desk) -> None:
    """Cards keep number and content; a changed row counts up; a role is for ever."""
    sites = read_sheet(desk.sheet(row("a"), row("b")), "windsor")
    assert [one.changed for one in desk.batch.write(sites)] == [True, True]
    assert [one.changed for one in desk.batch.write(sites)] == [False, False]
    moved = read_sheet(desk.sheet(row("a").replace("Main", "Elm"), row("b")), "windsor")
    assert [(one.number, one.changed) for one in desk.batch.write(moved)] == [(2, True), (1, False)]
    with pytest.raises(ProvisionError, match="a name has one role"):
        desk.make(row("a", "console"))


def test_a_card_is_whole_or_as_it_was(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut at any rename while a card is rewritten: the old or the new one is found."""
    desk.make(row("a"))
    moved = read_sheet(desk.sheet(row("a").replace("Main", "Elm")), "windsor")
    real, left = os.rename, [0]

    def cutting(*given: object, **more: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt
        real(*given, **more)  # type: ignore[arg-type]

    for at in (1, 2):
        left[0] = at
        with monkeypatch.context() as patched:
            patched.setattr(os, "rename", cutting)
            with pytest.raises(KeyboardInterrupt):
                desk.batch.write(moved)
        table, site, blobs = desk.batch._read("a")
        assert "Main Street" in site
        assert (table.number, len(blobs)) == (1, 3)
    assert desk.batch.write(moved)[0].number == 2


def test_a_half_made_card_is_not_handed_out(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a unit would refuse is found at the desk: no folder without a whole card."""
    monkeypatch.setattr(batches, "_text", lambda *_: "[provision]\n")
    with pytest.raises(ProvisionError):
        desk.make(row("a"))
    assert desk.batch.sites() == []


def test_labels_bear_the_fingerprint_and_nothing_secret(desk: Desk) -> None:
    """One for each unit that was enrolled; the others are named; none before the first."""
    desk.make(row("a"), row("b"))
    with pytest.raises(ProvisionError, match="no unit was enrolled yet"):
        read_labels(desk.batch)
    unit = desk.unit("a")
    unit.start()
    desk.enrol(cards(desk))
    (label,), without = read_labels(desk.batch)
    own = load_identity(unit.keys)
    assert (label.name, label.place, label.fingerprint) == ("a", "Main Street 12", own.fingerprint)
    assert label.code == f"EDGE-PLATES WINDSOR/A {own.fingerprint}"
    assert without == ["b"]


def test_a_units_wifi_key_is_made_once_and_goes_with_its_card(desk: Desk) -> None:
    """On the card as a secret, the same on each later one and on the label; none unless wanted."""
    head = f"{HEAD},service.wifi"
    rows = (f"{row('a')},true", f"{row('b')},", f"{row('c', 'console')},true")
    desk.make(*rows, head=head)
    key = desk.batch.wifi_key("a")
    assert len(key) == 23
    assert desk.batch.wifi_key("b") == desk.batch.wifi_key("c") == ""
    desk.make(*rows, head=head)
    unit = desk.unit("a")
    unit.start()
    assert (unit.root / "etc/edge/service.wifi").read_text() == f"{key}\n"
    desk.enrol(cards(desk))
    assert desk.batch.wifi_key("a") == key
    (label,), _ = read_labels(desk.batch)
    assert label.joins == f"WIFI:T:WPA;S:edge-a;P:{key};;"
    assert key not in label.code, "what is stuck outside"
    unit.insert(desk.boot("a"))
    assert unit.start()
    replace("a", "struck by lightning", desk.batch, desk.town, PHRASE, NOW)
    assert desk.batch.wifi_key("a") == key, "the label in the case stays right"


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="pdftoppm (poppler-utils) is missing")
def test_a_printed_label_is_read_by_a_camera(tmp_path: Path) -> None:
    """25 labels on two sheets: QR codes say what their labels say, drawn at 200 dots an inch."""
    digits = "12345 67890 12345 67890 12345"
    labels = [
        Label("windsor", f"pole-{n:02}", "unit", "Łąka, " + "long " * 15, f"{digits} {n:05}")
        for n in range(25)
    ]
    labels[0] = replaced(labels[0], wifi="abcde-fghjk-mnpqr-23456")
    (tmp_path / "labels.pdf").write_bytes(label_sheet(labels))
    command = ["pdftoppm", "-r", "200", "-gray", "-png", "labels.pdf", "page"]
    subprocess.run(command, cwd=tmp_path, check=True)
    first, second = (cv2.imread(str(one), 0) for one in sorted(tmp_path.glob("page-*.png")))
    for place in (0, 7, 14, 23):
        assert decoded(first, place) == labels[place].code
    assert decoded(second, 0) == labels[24].code
    assert decoded(second, 1) == "WIFI:T:WPA;S:edge-pole-00;P:abcde-fghjk-mnpqr-23456;;"


def decoded(page: np.ndarray, place: int) -> str:
    """Return what the QR code of a label says; looked at twice, as a telephone does."""
    high, wide = round(page.shape[0] * 37 / 297), page.shape[1] // 3
    top = (page.shape[0] - 8 * high) // 2 + place // 3 * high
    cell = page[top : top + high, place % 3 * wide :][:, :wide]
    smaller = cv2.resize(cell, None, fx=0.75, fy=0.75, interpolation=cv2.INTER_AREA)
    texts = (cv2.QRCodeDetector().detectAndDecode(one)[0] for one in (cell, smaller))
    return next((one for one in texts if one), "")


def test_letters_that_the_font_lacks_lose_their_accent() -> None:
    """A place is still told; what has no such letter is a question mark, never an error."""
    assert plain("Żółw Straße") == "Zó?w Straße".replace("ó", "o")
    assert plain("Église 12") == "Église 12"
