"""``edge pause``: from a supervisor's desk to a unit, and back by two people."""

import re
from pathlib import Path

import pytest

from edge.cli import main
from tests.keys.cast import keys_folder


class Desk:
    """Everybody's keys in folders of their own, and one folder of pauses that goes round."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.pauses = folder / "pauses"
        self._capsys = capsys
        self.site = folder / "site.toml"
        self.site.write_text(
            f"""
unit = {{ town = "windsor", name = "main-street" }}
keys = {{ folder = "{keys_folder(folder / "unit", "main-street")}" }}
"""
        )

    def run(self, who: str, *words: str, status: int = 0) -> str:
        """Run ``edge pause`` with *who*'s keys and return what it says."""
        keys = keys_folder(self.folder / who, who)
        config = ["--config", str(self.site)]
        where = ["--keys", str(keys), "--folder", str(self.pauses)]
        assert main(["pause", *config, *words, *where]) == status
        out, err = self._capsys.readouterr()
        return out + err

    def install(self, *files: Path, status: int = 0) -> str:
        """Bring files to the unit by hand."""
        words = ["install", *map(str, files)]
        assert main(["pause", "--config", str(self.site), *words]) == status
        out, err = self._capsys.readouterr()
        return out + err


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def made(desk: Desk, *words: str) -> tuple[str, Path]:
    """Order a pause; return its number's beginning and its file."""
    said = desk.run("sue", "make", *(words or ["--town"]), "--days", "30", "--reason", "a vote")
    found = re.match(r"([0-9a-f]{12}): ", said)
    assert found, said
    return found[1], next(desk.pauses.glob(f"{found[1]}*.pause"))


def test_round(desk: Desk) -> None:
    """Ordered by one, brought by hand, lifted by two: each step is shown."""
    number, file = made(desk)
    assert desk.install(file) == f"taken: pause {number}\n"
    assert f"{number} is in force: town reads nothing" in desk.run("ada", "show")
    assert "lifts nothing until" in desk.run("sue", "lift", number, "--why", "taken back")
    assert "its lift waits for the second key" in desk.run("ada", "show")
    lifting = [file.with_suffix(".lift")]
    assert "one key alone lifts no pause" in desk.install(*lifting, status=2)
    refused = desk.run("sue", "approve", number, status=2)
    assert "the other of supervisor and auditor must approve" in refused
    assert "is lifted by sue and ada" in desk.run("ada", "approve", number)
    assert desk.install(*lifting, file.with_suffix(".lifted")) == f"taken: lift of pause {number}\n"
    assert f"{number} is lifted" in desk.run("ada", "show")
    assert "was lifted: another needs a new order" in desk.install(file, status=2)
    assert "is lifted already" in desk.run("sue", "lift", number, "--why", "x", status=2)


def test_some_units(desk: Desk) -> None:
    """Names must be units of the roster, and others' pauses stop nothing here."""
    said = desk.run("sue", "make", "--unit", "dispatch", "--days", "1", "--reason", "x", status=2)
    assert "dispatch: no unit of roster 1" in said
    number, file = made(desk, "--unit", "bridge-2")
    assert desk.install(file) == f"taken: pause {number} is for others\n"
    assert not (desk.folder / "unit" / "pauses").exists()


@pytest.mark.parametrize(
    ("who", "days", "why"),
    [("dana", "1", "dana is officer"), ("ada", "367", "366 days are most")],
    ids=["officer", "too-long"],
)
def test_what_nobody_may_order(desk: Desk, who: str, days: str, why: str) -> None:
    """An officer pauses nothing, and nobody for longer than a year."""
    words = ("make", "--town", "--days", days, "--reason", "x")
    assert why in desk.run(who, *words, status=2)
    assert not desk.pauses.exists()


def test_noise_by_hand(desk: Desk) -> None:
    """A file that is no pause, or two of one kind, install nothing."""
    (_, one), (_, other) = made(desk), made(desk, "--unit", "main-street")
    noise = desk.folder / "noise"
    noise.write_bytes(b"noise")
    assert "is no pause" in desk.install(noise, status=2)
    assert "the second of its kind" in desk.install(one, other, status=2)


def test_orders_carry_pauses_to_units_alone(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """A console has no camera: nobody waits for its answer."""
    _, file = made(desk)
    keys = keys_folder(desk.folder / "archive", "archive")
    assert main(["orders", "show", "--keys", str(keys), str(file)]) == 0
    said = capsys.readouterr().out
    assert "pause," in said
    assert "units: bridge-2, main-street\nconsoles: none" in said
