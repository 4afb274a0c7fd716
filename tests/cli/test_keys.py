"""``edge keys``: a person makes a town, lets parties in, revokes one, and is told what is wrong."""

from pathlib import Path

import pytest

from edge.cli import keys_ask, main
from edge.keys import town as towns
from edge.keys.trust import open_trust

PHRASE = "five words drawn by dice"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, with a passphrase that costs little to try."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(towns.make_town, "__defaults__", (2**10,))
    Path("phrase").write_text(PHRASE + "\n")
    Path("phrase").chmod(0o600)
    return tmp_path


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]):
    """Run a command line, hold its status against the wanted one, and return what it said."""

    def edge(words: str, status: int = 0) -> str:
        line = words.split() + (["--passphrase-file", "phrase"] if "!" in words else [])
        found = main(["keys", *(word for word in line if word != "!")])
        shown = capsys.readouterr()
        assert found == status, shown.out + shown.err
        return shown.out + shown.err

    return edge


def digits(text: str) -> str:
    """Return the thirty digits of the last fingerprint in *text*."""
    return next(line for line in reversed(text.splitlines()) if "fingerprint" in line)[-35:]


def test_from_nothing_to_a_revoked_unit(said) -> None:
    """Each step is one line; the unit's own folder ends with what its processes need."""
    root = said("root windsor !")
    made = said("make unit main-street --town windsor --folder unit")
    added = said("roster add unit/main-street.party")
    assert digits(made) in added
    assert "until" in said("roster sign !")
    bare = said("roster install town/roster --folder unit", 2)
    assert "unit/town.json: is not there: copy town.json here by hand from the root's" in bare
    Path("unit/town.json").write_bytes(Path("town/town.json").read_bytes())
    assert "in force: roster 2 of windsor" in said("roster install town/roster --folder unit")
    assert digits(root) in said("roster verify town/roster --trust unit/town.json")
    assert digits(made) in said("show unit") == said("show unit/main-street.party")
    assert digits(root) in said("show town")
    assert digits(root) in said("show unit/town.json")
    assert "made: town/certificates/main-street.pem" in said("certificate main-street !")
    assert "broker.key" in said("certificate broker --host localhost !")
    trust = open_trust(Path("unit"))
    assert (trust.identity.name, trust.roster.sequence) == ("main-street", 2)
    revoked = said("revoke main-street --reason stolen !")
    assert "lists built from now on are sealed to: no unit" in revoked
    assert "REVOKED" in said("roster show")
    assert "in force: roster 3" in said("roster install town/roster --folder unit")


def test_rotation_by_hand(said) -> None:
    """Begin on the unit, sign at the root, finish on the unit."""
    said("root windsor !")
    said("make unit main-street --town windsor --folder unit")
    said("roster add unit/main-street.party --days 30")
    said("roster sign !")
    Path("unit/town.json").write_bytes(Path("town/town.json").read_bytes())
    said("roster install town/roster --folder unit")
    following = said("rotate --folder unit")
    assert f"next, not yet in force: {digits(following)}" in said("show unit")
    assert "install the new roster here first" in said("rotate --finish --folder unit", 2)
    said("roster rotate unit/main-street.party --overlap 2")
    assert "this is the draft" in said("roster show")
    said("roster sign !")
    said("roster install town/roster --folder unit")
    said("rotate --finish --folder unit")
    assert digits(said("show unit")) == digits(following)


def test_backup_and_recovery(said) -> None:
    """A lost root comes back from its backup with the same fingerprint."""
    root = said("root windsor !")
    said("roster sign !")
    assert "a root was restored from it" in said("backup safe.backup !")
    newest = Path("town/roster").read_bytes()
    Path("town").rename("lost")
    again = said("recover safe.backup !")
    assert digits(again) == digits(root)
    assert "Then start again with --roster" in again
    assert Path("town/roster").read_bytes() == newest


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("roster show", "make one by 'edge keys root TOWN'"),
        ("revoke main-street --reason stolen !", "is no root's folder"),
        ("make unit Main_Street --town windsor --folder unit", "small letters, digits and dashes"),
        ("show nothing", "nothing: cannot be read: No such file"),
        ("root windsor", "name --passphrase-file"),
        ("root windsor --passphrase-file open", "chmod 600"),
        ("root windsor --passphrase-file none", "none: cannot be read"),
        ("root windsor --passphrase-file short", "at least 12 characters"),
        ("show phrase", "is not a signed document"),
        ("rotate --folder nowhere", "identity.key: cannot be read"),
    ],
)
def test_wrong_input_is_told_in_a_sentence(
    said, words: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Status 2 and what to do; no traceback, and nothing is made."""
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    for name, mode in (("open", 0o644), ("short", 0o600)):
        Path(name).write_text("short")
        Path(name).chmod(mode)
    assert sentence in said(words, 2)
    assert not Path("town/town.json").exists()
    assert not Path("unit").exists()


@pytest.mark.parametrize(
    "words",
    [
        "roster add x.party --days 0",
        "roster add x.party --days soon",
        "roster add x.party --from 2026-02-30",
        "roster add x.party --from tomorrow",
        "make king windsor --town windsor",
    ],
)
def test_wrong_words_are_refused_by_the_command_line(
    words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Days, dates and roles that are none end with status 2 and the usage."""
    with pytest.raises(SystemExit) as ended:
        main(["keys", *words.split()])
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_the_passphrase_is_asked_twice_for_a_new_root(
    said, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slip of the finger makes no root that nobody can open."""
    answers = [PHRASE, "another phrase", PHRASE, PHRASE]
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr(keys_ask.getpass, "getpass", lambda _: answers.pop(0))
    assert "the two passphrases differ" in said("root windsor", 2)
    assert not Path("town").exists()
    assert "made: the root of windsor" in said("root windsor")


def test_rules_for_a_broker_are_asked_for_where_the_roster_is(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """At a desk the settings' own folder is not there: which one to name stands in the sentence."""
    site = place / "site.toml"
    site.write_text(f'[keys]\nfolder = "{place}/none"\n')
    assert main(["broker", "--config", str(site), "acl"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert f"{place}/none: has no town.json: name the folder" in shown.err
    assert "'edge broker acl --keys town'" in shown.err
