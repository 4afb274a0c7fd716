"""``edge corrections``: two people, two folders of keys, one correction."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.cli import main
from edge.keys.identity import Identity, save_identity
from edge.keys.roles import Role
from edge.keys.trust import ROOT_FILE, ROSTER_FILE, Root, save_root
from tests.hotlist.lists import write
from tests.keys.town import Town

SINCE, UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
CLAIM = (
    "add AB72345 --plate AB12345 --entry E1 --owner police --alert unit/00/7 --reason wrong".split()
)


class Place:
    """A site with a list, and two people's keys."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        town = Town()
        people = {"smith": Role.OFFICER, "jones": Role.SUPERVISOR}
        found = {n: town.add(role, n, SINCE, UNTIL) for n, role in people.items()}
        for name, identity in found.items():
            self._equip(folder / name, identity, town)
        listed = write(folder / "town.csv", {"plate": "AB12345"}, {"plate": "KL98765"})
        self.site = folder / "site.toml"
        self.site.write_text(
            f'[hotlist]\nfolder = ""\npath = "{listed}"\n[policy]\ncorrections = "{folder}/told"\n'
        )

    def _equip(self, folder: Path, identity: Identity, town: Town) -> None:
        save_identity(identity, folder)
        save_root(Root(town.name, town.root.public), folder / ROOT_FILE)
        town.write(folder / ROSTER_FILE, SINCE)

    def edge(self, words: list[str], who: str) -> int:
        """Run a command line with somebody's keys."""
        action, *rest = words
        keys = ["--keys", str(self._folder / who)]
        return main(["corrections", "--config", str(self.site), action, *keys, *rest])


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_two_people(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """Claimed, it waits; confirmed, it stands; the public sees counts and no plate."""
    assert place.edge(CLAIM, "smith") == 0
    number = capsys.readouterr().out[:12]
    assert place.edge(["show"], "jones") == 0
    assert f"{number} waits for a supervisor: AB72345" in capsys.readouterr().out
    assert place.edge(["confirm", number], "jones") == 0
    assert "AB72345 is no alarm any more" in capsys.readouterr().out
    assert place.edge(["show"], "smith") == 0
    assert f"{number} stands until" in capsys.readouterr().out
    assert place.edge(["show", "--public"], "smith") == 0
    assert capsys.readouterr().out == "1 stand, 0 wait, 0 hold no more\n"


def test_one_person(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """An officer cannot confirm the own claim."""
    place.edge(CLAIM, "smith")
    number = capsys.readouterr().out[:12]
    assert place.edge(["confirm", number], "smith") == 2
    assert "a second person must confirm it" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("AB72345", "KL98765", "would silence a listed plate"),
        ("AB72345", "AB12345", "is the listed plate itself"),
        ("AB72345", "AB 72?", "1 to 10 characters"),
    ],
)
def test_refused(
    place: Place, capsys: pytest.CaptureFixture[str], old: str, new: str, words: str
) -> None:
    """A listed plate, the entry's own and what is no plate are refused with a sentence."""
    assert place.edge([new if word == old else word for word in CLAIM], "smith") == 2
    assert words in capsys.readouterr().err


def test_nothing_to_hold_it_against(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a list in force nobody can say whether a listed plate would be silenced."""
    place.site.write_text(place.site.read_text().replace("town.csv", "none.csv"))
    assert place.edge(CLAIM, "smith") == 2
    assert "no list is in force" in capsys.readouterr().err


def test_no_folder(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """Settings that name no folder are asked to."""
    place.site.write_text("")
    assert place.edge(["show"], "smith") == 2
    assert "policy.corrections names no folder" in capsys.readouterr().err


def test_the_owner_gets_a_letter_and_its_proof(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A confirmed correction leaves as text and signed file; a changed one is told, not sent."""
    assert place.edge(CLAIM, "smith") == 0
    number = capsys.readouterr().out[:12]
    assert place.edge(["notices"], "jones") == 0
    assert capsys.readouterr().out.startswith("0 notices")
    assert place.edge(["confirm", number], "jones") == 0
    mail = tmp_path / "mail"
    for _ in range(2):  # again it writes the same
        assert place.edge(["notices", "--export", str(mail)], "jones") == 0
    assert f"{number} for police: In windsor a car with AB72345" in capsys.readouterr().out
    letter, signed = next(mail.glob("*.txt")), next(mail.glob("*.notice"))
    assert "To: police" in letter.read_text()
    assert "jones, a supervisor of windsor" in letter.read_text()
    lying = next((tmp_path / "told" / "notices").glob("*.notice"))
    assert signed.read_bytes() == lying.read_bytes()
    lying.write_bytes(lying.read_bytes().replace(b"wrong", b"right"))
    assert place.edge(["notices", "--export", str(tmp_path / "other")], "jones") == 1
    assert "does not hold" in capsys.readouterr().out
    assert not (tmp_path / "other").exists()
