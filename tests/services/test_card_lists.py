"""Lists on cards: a unit's card carries what that unit opens; the desk says what it left off."""

import shutil
from pathlib import Path

import pytest

from edge.errors import KeysError, ProvisionError
from edge.hotlist.bundle import SEALED
from edge.keys.identity import load_identity
from edge.keys.roles import Role
from edge.keys.sealed import open_sealed, seal
from edge.services.batch import Written, read_lists
from edge.services.enrol import Enrolled, enrol, read_returned, replace
from edge.services.sites import read_sheet
from tests.keys.town import NOW
from tests.services.cards import PHRASE, Desk, open_desk, row


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk whose unit ``old`` is on the roster, with a list sealed to that roster."""
    desk = open_desk(tmp_path)
    write(desk, "old")
    let_in(desk, "old")
    sign_list(desk, "monday.bundle")
    return desk


def write(desk: Desk, *names: str, lists: tuple[str, ...] = ()) -> list[Written]:
    sites = read_sheet(desk.sheet(*(row(name) for name in names)), "windsor")
    return desk.batch.write(sites, [desk.folder / one for one in lists])


def let_in(desk: Desk, name: str, *lists: str) -> Enrolled:
    if not (back := desk.folder / f"back-{name}").exists():
        unit = desk.unit(name)
        assert unit.start()
        back.mkdir()
        shutil.copy(unit.boot / "edge-unit.txt", back)
    returned = read_returned(back, desk.batch, desk.town.roster())
    given = read_lists([desk.folder / one for one in lists]) or None
    (enrolled,) = enrol(returned, desk.batch, desk.town, PHRASE, NOW, lambda _: None, given)[1]
    return enrolled


def sign_list(desk: Desk, name: str) -> None:
    """Seal a list to the units of the newest roster, as `edge hotlist sign` does."""
    units = desk.town.roster().recipients(Role.UNIT, NOW)
    (desk.folder / name).write_bytes(seal(SEALED, b"the rows", units))


def on_card(desk: Desk, name: str) -> list[str]:
    return sorted(one.name for one in (desk.boot(name) / "edge-site").glob("*.bundle"))


def test_a_list_signed_before_the_unit_was_let_in_is_on_no_card_of_it(desk: Desk) -> None:
    """Neither the first card nor the second carries it, and both times it is told."""
    written = {one.site: one for one in write(desk, "old", "new", lists=("monday.bundle",))}
    assert (written["old"].left, on_card(desk, "old")) == ((), ["monday.bundle"])
    assert (written["new"].left, on_card(desk, "new")) == (("monday.bundle",), [])
    enrolled = let_in(desk, "new", "monday.bundle")
    assert (enrolled.lists, enrolled.left) == ((), ("monday.bundle",))
    assert on_card(desk, "new") == []


def test_a_list_signed_afterwards_goes_onto_the_card_and_opens(desk: Desk) -> None:
    """The same enrolment again, with a list for the newest roster: the unit's key opens it."""
    write(desk, "new")
    assert let_in(desk, "new").lists == ()
    before = desk.town.roster().sequence
    sign_list(desk, "tuesday.bundle")
    enrolled = let_in(desk, "new", "tuesday.bundle")
    assert (enrolled.lists, enrolled.left, enrolled.number) == (("tuesday.bundle",), (), 3)
    assert desk.town.roster().sequence == before, "a second signature for a list"
    unit = desk.unit("new")
    assert unit.start()
    taken = (unit.root / "var/lib/edge/inbox/tuesday.bundle").read_bytes()
    own = load_identity(unit.keys)
    assert open_sealed(SEALED, taken, own) == b"the rows"
    with pytest.raises(KeysError, match="is not sealed to new"):  # what it would have had before
        open_sealed(SEALED, (desk.folder / "monday.bundle").read_bytes(), own)


def test_a_card_keeps_the_list_that_its_unit_opens(desk: Desk) -> None:
    """Enrolled once more without a list, the unit's own list stays; its successor has none."""
    write(desk, "old", lists=("monday.bundle",))
    assert let_in(desk, "old").lists == ("monday.bundle",)
    assert on_card(desk, "old") == ["monday.bundle"]
    replace("old", "stolen", desk.batch, desk.town, PHRASE, NOW)
    assert on_card(desk, "old") == []


def test_a_console_has_no_list_and_misses_none(desk: Desk) -> None:
    """Neither its card nor the desk's words have anything of lists."""
    sites = read_sheet(desk.sheet(row("dispatch", "console")), "windsor")
    (written,) = desk.batch.write(sites, [desk.folder / "monday.bundle"])
    assert (written.left, on_card(desk, "dispatch")) == ((), [])
    enrolled = let_in(desk, "dispatch", "monday.bundle")
    assert (enrolled.watches, enrolled.lists, enrolled.left) == (False, (), ())
    assert let_in(desk, "old").watches


def test_what_is_no_list_is_on_no_card(desk: Desk) -> None:
    """A damaged file is left off and told; a missing one stops the desk before anything is made."""
    (desk.folder / "bad.bundle").write_bytes(b"rubbish")
    assert write(desk, "old", lists=("bad.bundle",))[0].left == ("bad.bundle",)
    with pytest.raises(ProvisionError, match=r"none\.bundle: is no list"):
        write(desk, "old", lists=("none.bundle",))
