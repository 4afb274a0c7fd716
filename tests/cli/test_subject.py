"""``edge subject`` and ``edge hold``: people at their desks, and machines that keep letters."""

import io
import json
from pathlib import Path

import pytest

from edge.cli import main
from edge.records import AlertId
from edge.store import Store, open_store
from tests.alerts import UNIT, an_alert, sealed, store_section
from tests.keys.cast import TOWN, keys_folder
from tests.services.delivering import CLOCK


class Place:
    """A unit's machine with two alerts, and the keys of a supervisor, an auditor and an officer."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("sue", "ada", "dana"):
            keys_folder(folder / name, name)
        keys = keys_folder(folder / "keys", UNIT.name)
        self.config = folder / "site.toml"
        self.config.write_text(
            f'[unit]\ntown = "{TOWN}"\nname = "{UNIT.name}"\n[clock]\ntrust = "always"\n'
            f'[keys]\nfolder = "{keys}"\n[store]\nfolder = "{folder}/store"\nreserve_mb = 1\n'
        )
        with self.store() as store:
            self.alerts = [
                store.commit_alert(an_alert(plate, at=CLOCK.now()), sealed, keep_days=30.0)
                for plate in ("AB12345", "QX7R2ZK")
            ]

    def store(self) -> Store:
        return open_store(store_section(self.folder / "store"), UNIT.name, CLOCK)

    def held(self) -> list[AlertId]:
        with self.store() as store:
            return [alert_id for alert_id, _, _ in store.newest_alerts(9)]

    def edge(self, verb: str, action: str, *words: str, who: str = "") -> int:
        """Run a command line with the machine's keys, or somebody's."""
        keys = ["--keys", str(self.folder / who)] if who else []
        return main([verb, "--config", str(self.config), action, *words, *keys])


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def _ask(place: Place) -> tuple[str, str]:
    request, approval = (str(place.folder / name) for name in ("request", "approval"))
    words = ("AB 12-345", "--reference", "26-7", "--out", request)
    assert place.edge("subject", "request", *words, who="sue") == 0
    assert place.edge("subject", "approve", request, "--out", approval, who="ada") == 0
    return request, approval


def test_a_request_goes_through_two_desks(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """A supervisor asks, an auditor approves, the machine erases; what is said has no plate."""
    erased = _ask(place)
    assert (Path(erased[0]).stat().st_mode & 0o777) == 0o600
    assert place.edge("subject", "erase", *erased) == 0
    said = capsys.readouterr()
    assert said.out.endswith(": 1 erased\n")
    assert "AB12345" not in said.out + said.err
    assert place.held() == [place.alerts[1]]


def test_an_officer_asks_in_vain(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither an officer's request nor a supervisor's own approval is made."""
    out = str(place.folder / "x")
    words = ("AB12345", "--reference", "26-7", "--out", out)
    assert place.edge("subject", "request", *words, who="dana") == 2
    assert "a supervisor signs a request" in capsys.readouterr().err
    request, _ = _ask(place)
    assert place.edge("subject", "approve", request, "--out", out, who="sue") == 2
    assert place.edge("subject", "erase", request, request) == 2
    assert len(place.held()) == 2


def test_a_plate_is_asked_for_when_it_is_not_on_the_line(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Typed in, it stays out of the shell's history; the export holds what the machine holds."""
    monkeypatch.setattr("sys.stdin", io.StringIO("ab 12345\n"))
    out = place.folder / "export"
    assert place.edge("subject", "export", "--reference", "26-7", "--out", str(out)) == 0
    assert "1 alerts held by bridge-2" in capsys.readouterr().out
    manifest = json.loads((out / "manifest.json").read_text())
    assert (manifest["plate"], manifest["held_by"]) == ("AB12345", UNIT.name)


@pytest.mark.parametrize("plate", ["AB1*", "", "ÄÖ123", "'; DROP TABLE outbox"])
def test_what_is_no_plate_is_refused(
    place: Place, plate: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A part of a plate, none, or an attack ends with a sentence, before anything is opened."""
    out = str(place.folder / "out")
    assert place.edge("subject", "export", plate, "--reference", "26-7", "--out", out) == 2
    assert "no whole plate" in capsys.readouterr().err
    assert not Path(out).exists()


def test_a_hold_from_desk_to_machine_and_back(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    """Made by a supervisor, installed by hand, it holds against the request; ended, it does not."""
    alert, desk = str(place.alerts[0]), ["--folder", str(place.folder / "desk")]
    words = (alert, "--case", "26-114", "--why", "hit and run", "--days", "90")
    assert place.edge("hold", "make", *words, *desk, who="sue") == 0
    (file,) = (place.folder / "desk").glob("*.hold")
    assert place.edge("hold", "install", str(file)) == 0
    assert place.edge("hold", "show", *desk) == 0
    assert "in force at bridge-2: 1" in capsys.readouterr().out
    assert place.edge("subject", "erase", *_ask(place)) == 0
    assert "0 erased, 1 held back by cases" in capsys.readouterr().out
    assert len(place.held()) == 2

    assert place.edge("hold", "end", file.stem[:12], "--why", "closed", *desk, who="ada") == 0
    assert place.edge("hold", "install", str(file.with_suffix(".hold-end"))) == 0
    assert place.edge("hold", "show", *desk) == 0
    said = capsys.readouterr().out
    assert "ended: " in said
    assert "in force at bridge-2: 0" in said


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("AB12345", "--days", "9"), "names an alert"),
        ((f"bridge-2/{'ab' * 16}/1", "--days", "9999"), "days are the most"),
    ],
    ids=["plate", "for ever"],
)
def test_what_cannot_be_held_is_refused(
    place: Place, words: tuple[str, ...], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A plate is no number of an alert, and no hold is without an end."""
    more = ("--case", "26-114", "--why", "x", "--folder", str(place.folder / "desk"))
    assert place.edge("hold", "make", *words, *more, who="sue") == 2
    assert why in capsys.readouterr().err


def test_nothing_is_installed_where_no_letters_are_kept(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    """With an officer's keys there is no store: the error says where to run it."""
    words = ("AB12345", "--reference", "26-7", "--out", str(place.folder / "out"))
    assert place.edge("subject", "export", *words, who="dana") == 2
    assert "run this where letters are kept" in capsys.readouterr().err
