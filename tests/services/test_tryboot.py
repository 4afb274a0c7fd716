"""Which side starts: every state of ``autoboot.txt``, cuts before each change, and damage.

The boot partition is a folder, ``/proc`` is one, and the reboot is told. What a Pi's firmware does
with the file is the player's in `scripts/image`, and nobody's here.
"""

import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from edge.cli import main, update_bootloader
from edge.errors import UpdateError
from edge.services.tryboot import Side, Tryboot, other, parsed, written
from tests.house.tree import ROOT
from tests.services.interrupting import Cut, cut_at

SIDES: tuple[Side, ...] = ("A", "B")
CHOICES = [(one, two) for one in SIDES for two in SIDES]
_CALLS = ("replace", "rename", "unlink", "fsync")


class Card:
    """A card whose side *running* was started, and what it was asked to start next."""

    def __init__(self, folder: Path, running: Side = "A", *, tried: bool = False) -> None:
        self.boot, self.proc = folder / "boot", folder / "proc"
        self.words: list[Sequence[str]] = []
        self.fails = ""
        self.boot.mkdir(parents=True, exist_ok=True)
        self.proc.mkdir(exist_ok=True)
        self.start(running, tried=tried)
        self.file.write_bytes(written("A", "B"))

    @property
    def file(self) -> Path:
        return self.boot / "autoboot.txt"

    def start(self, side: Side, *, tried: bool = False) -> None:
        word = " edge.tryboot=1" if tried else ""
        line = f"console=ttyS0 root=PARTLABEL=edge-root-{side.lower()} ro{word}\n"
        (self.proc / "cmdline").write_text(line)

    def be_a_pi(self, *, tried: bool = False) -> None:
        told = self.proc / "device-tree/chosen/bootloader"
        told.mkdir(parents=True, exist_ok=True)
        (told / "tryboot").write_bytes(int(tried).to_bytes(4, "big"))

    def tryboot(self) -> Tryboot:
        return Tryboot(self.boot, self.proc, self._reboot)

    def _reboot(self, words: Sequence[str]) -> str:
        self.words.append(words)
        return self.fails


@pytest.fixture
def card(tmp_path: Path) -> Card:
    return Card(tmp_path)


@pytest.mark.parametrize(("primary", "tries"), CHOICES, ids=str)
def test_each_choice_is_read_as_it_was_written(card: Card, primary: Side, tries: Side) -> None:
    """What starts and what a try starts come back; a side that no word leads to is bad."""
    card.file.write_bytes(written(primary, tries))
    assert parsed(written(primary, tries)) == (primary, tries)
    assert card.tryboot().primary() == primary
    assert card.tryboot().state(primary) == "good"
    assert card.tryboot().state(other(primary)) == ("bad" if tries == primary else "good")


def test_the_file_of_the_test_image_is_this_one() -> None:
    """Side A starts, side B is tried: byte for byte what a card is made with."""
    text = "[all]\ntryboot_a_b=1\nboot_partition=2\n[tryboot]\nboot_partition=3\n"
    assert written("A", "B") == text.encode()
    assert len(written("B", "A")) <= 512  # what a Pi's firmware reads of it


def test_a_side_that_is_written_cannot_be_started(card: Card) -> None:
    """Bad before it is written: a try is refused, and one by hand leads to the whole side."""
    card.tryboot().set_state("B", "bad")
    assert parsed(card.file.read_bytes()) == ("A", "A")
    with pytest.raises(UpdateError, match="side B is not whole"):
        card.tryboot().try_other()
    with pytest.raises(UpdateError, match="side B is not whole"):
        card.tryboot().set_primary("B")
    assert card.words == []
    card.tryboot().set_state("B", "good")
    assert card.tryboot().try_other() == "B"


def test_what_each_start_takes_is_never_called_bad(card: Card) -> None:
    """During a trial nothing can be installed over the side that it would go back to."""
    card.start("B", tried=True)
    with pytest.raises(UpdateError, match="what each start takes"):
        card.tryboot().set_state("A", "bad")
    card.tryboot().set_state("A", "good")
    assert parsed(card.file.read_bytes()) == ("A", "B")


def test_a_side_is_tried_kept_and_left(card: Card) -> None:
    """Try, keep, back: the way of a good version, and then by hand to the one before."""
    card.be_a_pi()
    assert card.tryboot().try_other() == "B"
    assert card.words == [["reboot", "0 tryboot"]]
    assert not (card.boot / "tryboot").exists()
    assert card.tryboot().primary() == "A"  # without a word more the next start is the old one
    card.start("B")
    card.be_a_pi(tried=True)
    assert card.tryboot().tried()
    assert card.tryboot().current() == "B"
    with pytest.raises(UpdateError, match="side B is on trial"):
        card.tryboot().try_other()
    card.tryboot().set_primary("B")
    assert parsed(card.file.read_bytes()) == ("B", "A")
    card.be_a_pi(tried=False)
    assert card.tryboot().try_other() == "A"


def test_without_a_pi_a_file_asks(card: Card) -> None:
    """Where no firmware takes an argument a file is there before the reboot, and no argument."""
    card.tryboot().try_other()
    assert card.words == [["reboot"]]
    assert (card.boot / "tryboot").exists()


def test_a_try_that_does_not_begin_leaves_nothing_behind(card: Card) -> None:
    """No reboot: it is said, and a start much later is no try."""
    card.fails = "systemd is busy"
    with pytest.raises(UpdateError, match="does not start anew: systemd is busy"):
        card.tryboot().try_other()
    assert not (card.boot / "tryboot").exists()


DAMAGE = {
    "gone": None,
    "empty": b"",
    "cut": written("B", "A")[:40],
    "zeros": b"\0" * 64,
    "flipped": written("A", "B").replace(b"=3", b"=7"),
    "long": written("B", "A") + b"boot_partition=3\n",
    "other": b"[all]\nboot_partition=2\n",
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize(("running", "tried"), [("A", False), ("B", False), ("B", True)])
def test_a_damaged_file_is_answered_from_what_runs(
    card: Card, damage: str, running: Side, tried: bool
) -> None:
    """No guess from half a file: what runs is primary, in a try the other; then all is mended."""
    card.start(running, tried=tried)
    blob = DAMAGE[damage]
    card.file.unlink() if blob is None else card.file.write_bytes(blob)
    primary = other(running) if tried else running
    assert card.tryboot().primary() == primary
    assert card.tryboot().state(other(primary)) == "bad"
    card.tryboot().set_primary(running)  # a try that was kept, or the same again
    assert parsed(card.file.read_bytes())[0] == running


def test_a_machine_of_another_kind_is_told_so(card: Card) -> None:
    """No side in the kernel's words: an error with what was expected, not a side."""
    (card.proc / "cmdline").write_text("root=/dev/sda1 was=PARTLABEL=edge-root-a\n")
    card.file.write_bytes(b"")
    for ask in (card.tryboot().current, card.tryboot().primary):
        with pytest.raises(UpdateError, match="names no side"):
            ask()


def test_no_boot_partition_is_said(card: Card, tmp_path: Path) -> None:
    """A folder that is not there, or a file in its place, is named."""
    lost = Tryboot(tmp_path / "nowhere", card.proc)
    with pytest.raises(UpdateError, match="nowhere: cannot be used"):
        lost.set_state("B", "bad")
    card.file.unlink()
    card.file.mkdir()
    with pytest.raises(UpdateError, match=r"autoboot\.txt: cannot be written"):
        card.tryboot().set_primary("A")


ACTS: dict[str, tuple[Callable[[Tryboot], object], bytes]] = {
    "keep": (lambda one: one.set_primary("B"), written("B", "A")),
    "bad": (lambda one: one.set_state("B", "bad"), written("A", "A")),
    "try": (lambda one: one.try_other(), written("A", "B")),
}


@pytest.mark.parametrize("act", ACTS)
def test_a_cut_before_each_change_leaves_a_whole_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    """The power goes before each sync, rename and deletion: old or new, and done again it is new.

    The draft is torn as well where it was not synced: half of it is on the disk.
    """
    do, end = ACTS[act]
    at, cut = 0, True
    while cut:
        at += 1
        card = Card(tmp_path / str(at), "B" if act == "keep" else "A", tried=act == "keep")
        cut = cut_at(at, monkeypatch, _CALLS, lambda card=card: do(card.tryboot()))  # type: ignore[misc]
        for draft in card.boot.glob("*.part"):
            draft.write_bytes(draft.read_bytes()[:30])
        assert card.file.read_bytes() in (written("A", "B"), end)
        do(card.tryboot())
        assert card.file.read_bytes() == end
    assert at >= 4  # the file's sync, its rename, its folder's sync, and once uncut


def test_the_file_is_synced_under_its_new_name_before_its_folder(
    card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On vfat a renamed file's place is written with the file, not with its folder."""
    told: list[str] = []
    replace = os.replace

    def synced(handle: int) -> None:
        told.append(f"sync {Path(f'/proc/self/fd/{handle}').readlink().name}")

    def renamed(source: Path, target: Path) -> None:
        told.append("rename")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", renamed)
    card.tryboot().set_state("B", "bad")
    assert told == ["sync autoboot.part", "rename", "sync autoboot.txt", "sync boot"]


def test_a_write_in_place_would_be_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: written over itself and cut, the file is neither the old nor the new one."""
    card = Card(tmp_path)

    def careless(file: Path, data: bytes) -> None:
        file.write_bytes(data[:30])
        raise Cut

    monkeypatch.setattr("edge.services.tryboot.put", careless)
    with pytest.raises(Cut):
        card.tryboot().set_state("B", "bad")
    with pytest.raises(UpdateError, match="damaged"):
        parsed(card.file.read_bytes())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["get-primary"], "A\n"),
        (["get-state", "B"], "good\n"),
        (["set-state", "B", "bad"], ""),
        (["set-primary", "B"], ""),
        (["set-primary"], None),
        (["set-state", "B", "well"], None),
        (["get-state", "C"], None),
    ],
    ids=lambda one: "-".join(one) if isinstance(one, list) else None,
)
def test_rauc_is_answered(
    card: Card, capsys: pytest.CaptureFixture[str], words: list[str], said: str | None
) -> None:
    """One word on the output and 0, or a sentence on the other output and 2."""
    status = main(["update", "bootloader", *words, "--boot", str(card.boot)])
    out, err = capsys.readouterr()
    assert (status, out) == ((2, "") if said is None else (0, said))
    assert bool(err) == (said is None)
    changes = {"set-state": written("A", "A"), "set-primary": written("B", "A")}
    wanted = written("A", "B") if said is None else changes.get(words[0], written("A", "B"))
    assert card.file.read_bytes() == wanted


@pytest.mark.parametrize(
    ("running", "primary", "status", "said"),
    [
        ("A", "A", 0, "side A is kept\n"),
        ("B", "A", 1, "side B is on trial, and was not kept\n"),
        ("B", "B", 0, "side B is kept\n"),
    ],
)
def test_whether_a_try_was_kept_is_the_status(
    card: Card,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    running: Side,
    primary: Side,
    status: int,
    said: str,
) -> None:
    """What runs is what the next start takes, or systemd starts the machine anew."""
    card.start(running)
    card.file.write_bytes(written(primary, other(primary)))
    monkeypatch.setattr(update_bootloader, "Tryboot", lambda boot: Tryboot(boot, card.proc))
    assert main(["update", "bootloader", "kept", "--boot", str(card.boot)]) == status
    assert capsys.readouterr().out == said


@pytest.mark.parametrize(
    ("words", "flag", "tried"),
    [
        ("ro edge.tryboot=1 quiet", None, True),
        ("ro xedge.tryboot=1 edge.tryboot=10 edgeXtryboot=1", None, False),
        ("ro", 1, True),
        ("ro", 0, False),
        ("ro", None, False),
    ],
)
def test_the_end_of_a_try_is_only_for_tries(
    tmp_path: Path, words: str, flag: int | None, tried: bool
) -> None:
    """The script in front of the end agrees with what the updater reads, on a Pi and elsewhere."""
    card = Card(tmp_path)
    (card.proc / "cmdline").write_text(f"root=PARTLABEL=edge-root-b {words}\n")
    if flag is not None:
        card.be_a_pi(tried=bool(flag))
    done = subprocess.run([str(ROOT / "systemd/rauc/edge-tried"), str(card.proc)], check=False)
    assert (done.returncode == 0) == tried
    assert card.tryboot().tried() == tried


@pytest.mark.parametrize(("slot", "side"), [("boot.0", "a"), ("boot.1", "b"), ("rootfs.1", "")])
def test_the_command_line_names_the_side_that_was_written(
    tmp_path: Path, slot: str, side: str
) -> None:
    """A bundle brings one command line; on each side it names that side's root."""
    line = "root=PARTLABEL=edge-root-a rootfstype=squashfs ro console=ttyAMA0\n"
    (tmp_path / "cmdline.txt").write_text(line)
    done = _hook(tmp_path, slot)
    assert done.returncode == 0
    changed = line.replace("root-a", f"root-{side or 'a'}")
    assert (tmp_path / "cmdline.txt").read_text() == changed
    assert [file.name for file in tmp_path.iterdir()] == ["cmdline.txt"]


def test_a_command_line_without_a_root_is_not_installed(tmp_path: Path) -> None:
    """RAUC gives up, and the side stays bad."""
    (tmp_path / "cmdline.txt").write_text("console=ttyAMA0\n")
    done = _hook(tmp_path, "boot.1")
    assert done.returncode == 1
    assert "names no root" in done.stderr


def _hook(folder: Path, slot: str) -> "subprocess.CompletedProcess[str]":
    told = {"RAUC_SLOT_NAME": slot, "RAUC_SLOT_MOUNT_POINT": str(folder)}
    return subprocess.run(
        [str(ROOT / "systemd/rauc/edge-side"), "slot-post-install"],
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_install_that_went_well_makes_its_side_good(tmp_path: Path) -> None:
    """Of all slots that were written those that start are told, and nothing else."""
    handler = tmp_path / "edge-installed"
    handler.write_text((ROOT / "systemd/rauc/edge-installed").read_text("utf-8"))
    handler.chmod(0o755)
    (tmp_path / "edge-tryboot").write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/told\n')
    (tmp_path / "edge-tryboot").chmod(0o755)
    told = {"RAUC_TARGET_SLOTS": "3 4", "RAUC_SLOT_BOOTNAME_3": "B"}
    subprocess.run([str(handler)], env={**os.environ, **told}, check=True)

    assert (tmp_path / "told").read_text() == "set-state B good\n"
