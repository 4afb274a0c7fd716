"""From a CSV file at the desk to a list in force on a unit, by the commands alone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.cli import main
from edge.hotlist.bundle_place import in_force
from edge.keys.crypto import SigningKey
from edge.keys.identity import Identity, make_identity, save_identity
from edge.keys.roles import Role
from edge.keys.roster import Roster, sign_roster
from edge.keys.trust import ROOT_FILE, ROSTER_FILE, Root, save_root
from tests.hotlist.lists import write

NOW = datetime.now(UTC).replace(microsecond=0)
SOON = f"{NOW + timedelta(hours=5):%Y-%m-%dT%H:%M:%SZ}"


class Desk:
    """A town with a desk, a sergeant and one unit, each with a folder of keys."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys
        members = [
            make_identity("desk", Role.LIST_ISSUER, "ashford"),
            make_identity("sergeant", Role.SUPERVISOR, "ashford"),
            make_identity("elm-street", Role.UNIT, "ashford"),
        ]
        root = SigningKey.make()
        parties = tuple(
            one.party(NOW - timedelta(days=1), NOW + timedelta(days=9)) for one in members
        )
        roster = sign_roster(Roster("ashford", 1, NOW, parties), root)
        for one in members:
            self._keys(one, roster, Root("ashford", root.public))
        self.site = folder / "site.toml"
        self.site.write_text(
            '[unit]\ntown = "ashford"\nname = "elm-street"\n'
            f'[keys]\nfolder = "{folder}/elm-street"\n[hotlist]\nfolder = "{folder}/lists"\n'
            '[clock]\ntrust = "always"\n'
        )

    def _keys(self, identity: Identity, roster: bytes, root: Root) -> None:
        place = self.folder / identity.name
        save_identity(identity, place)
        save_root(root, place / ROOT_FILE)
        (place / ROSTER_FILE).write_bytes(roster)

    def csv(self, name: str, *plates: str, **changes: str) -> str:
        rows = ({"plate": plate, "entry_id": f"E-{plate}", **changes} for plate in plates)
        return str(write(self.folder / name, *rows))

    def edge(self, *words: object) -> tuple[int, str]:
        """Run one action; return the status and all that was printed."""
        status = main(["hotlist", "--config", str(self.site), *map(str, words)])
        told = self._capsys.readouterr()
        return status, told.out + told.err

    def sent(self, *words: object, signers: tuple[str, ...] = ("desk",)) -> Path:
        """Build and sign a bundle."""
        bundle = self.folder / "x.bundle"
        assert self.edge("build", *words, "--out", bundle)[0] == 0
        for signer in signers:
            assert self.edge("sign", bundle, "--keys", self.folder / signer)[0] == 0
        return bundle


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def test_a_list_and_what_follows(desk: Desk) -> None:
    """Full list, delta, urgent entry, removal: each is built, signed, verified and installed."""
    assert desk.edge("status") == (1, f"{desk.folder}/lists: no signed list is in force\n")
    first = desk.csv("first.csv", "AA11", "BB22")
    bundle = desk.sent(first, "--sequence", 1)
    status, told = desk.edge("verify", bundle)
    assert (status, told.splitlines()[-1]) == (0, "this unit would take it")
    assert in_force(desk.folder / "lists") is None
    status, told = desk.edge("install", bundle)
    assert (status, "is in force: 2 entries, signed by desk" in told) == (0, True)

    second = desk.csv("second.csv", "BB22", "CC33")
    desk.edge("install", desk.sent(second, "--base", first, "--sequence", 2))
    entry = desk.csv("entry.csv", "DD44", entered=f"{NOW:%Y-%m-%d}", expires=SOON)
    two = ("desk", "sergeant")
    urgent = desk.sent(entry, "--urgent", "--base", second, "--sequence", 3, signers=two)
    assert desk.edge("install", urgent)[0] == 0
    after = desk.folder / "x.csv"
    removal = desk.sent("--recovered", "E-BB22", "--base", after, "--sequence", 4)
    assert desk.edge("install", removal)[0] == 0
    now = in_force(desk.folder / "lists")
    assert now is not None
    assert (now.sequence, now.entries, now.kind) == (4, 2, "recovered")
    rows = (desk.folder / "lists" / f"{now.name}.csv").read_text()
    assert [line.split(",")[0] for line in rows.splitlines()[1:]] == ["E-CC33", "E-DD44"]
    status, told = desk.edge("status")
    assert status == 0
    assert "sequence 4" in told


def test_refused(desk: Desk) -> None:
    """A bundle that is refused says why, by verify and install alike, and status remembers."""
    path = desk.csv("list.csv", "AA11")
    desk.edge("install", desk.sent(path, "--sequence", 5))
    old = desk.sent(path, "--sequence", 4)
    for action in ("verify", "install"):
        status, told = desk.edge(action, old)
        assert status == 1
        assert "refused (older): has sequence 4, 5 was installed already" in told
    assert "last refused" in desk.edge("status")[1]
    unsealed = desk.folder / "y.bundle"
    desk.edge("build", path, "--out", unsealed)
    assert "refused (sealed)" in desk.edge("verify", unsealed)[1]


def test_half_signed(desk: Desk) -> None:
    """One signature of two leaves an open file that only its owner reads, and no unit takes."""
    base = desk.csv("list.csv", "AA11")
    entry = desk.csv("entry.csv", "DD44", entered=f"{NOW:%Y-%m-%d}", expires=SOON)
    half = desk.sent(entry, "--urgent", "--base", base)
    assert half.stat().st_mode & 0o777 == 0o600
    assert desk.edge("install", half)[0] == 1
    assert "signed by desk already" in desk.edge("sign", half, "--keys", desk.folder / "desk")[1]


def test_rejects_are_counted(desk: Desk) -> None:
    """What the import left out travels with the list; too much of it is refused."""
    path = desk.csv("list.csv", "AA11")
    (desk.folder / "list.rejects.csv").write_text("line,column,reason\n7,plate,no\n")
    status, told = desk.edge("install", desk.sent(path))
    assert (status, "left out 1 of 2 rows" in told) == (1, True)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("build", "--out", "x.bundle"), "which list?"),
        (("build", "--urgent", "--out", "x.bundle"), "--base with the list"),
        (("build", "{}/two.csv", "--urgent", "--base", "{}/two.csv", "--out", "x"), "exactly one"),
        (("sign", "{}/two.csv", "--keys", "{}/desk"), "is sealed already, or no bundle"),
        (("install", "{}/none.bundle"), "cannot be read"),
    ],
)
def test_mistakes(desk: Desk, words: tuple[str, ...], why: str) -> None:
    """A wrong command says what was expected, and writes nothing."""
    desk.csv("two.csv", "AA11", "BB22")
    status, told = desk.edge(*(word.format(desk.folder) for word in words))
    assert status == 2
    assert why in told
    assert not Path("x.bundle").exists()


def test_wrong_signers(desk: Desk) -> None:
    """A unit's key and an unknown issuer's sign nothing."""
    bundle = desk.folder / "x.bundle"
    desk.edge("build", desk.csv("list.csv", "AA11"), "--out", bundle)
    assert (
        "only a list-issuer" in desk.edge("sign", bundle, "--keys", desk.folder / "elm-street")[1]
    )
    unknown = make_identity("stranger", Role.LIST_ISSUER, "ashford")
    save_identity(unknown, desk.folder / "stranger")
    for name in (ROOT_FILE, ROSTER_FILE):
        (desk.folder / "stranger" / name).write_bytes((desk.folder / "desk" / name).read_bytes())
    assert "not on the roster" in desk.edge("sign", bundle, "--keys", desk.folder / "stranger")[1]
