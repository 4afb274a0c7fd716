"""One officer cannot silence a car: two keys of two roles, for one claim, while it holds."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from edge.clock import Moment
from edge.errors import CorrectionError, KeysError
from edge.keys.canonical import read
from edge.keys.identity import Identity
from edge.keys.parties import to_time
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.keys.signed import from_bytes, sign, to_bytes
from edge.policy.ledger import CLAIM, CONFIRMATION, NOTICE, Claim, Figures, Notice
from edge.services.corrections import CorrectionFolder, CorrectionWatch, Ledger
from tests.fakes import FakeClock
from tests.hotlist.lists import listed
from tests.keys.town import DAY, NOW, Town, elsewhere


def unlisted(_: str) -> bool:
    return False


def claim_of(**changes: object) -> Claim:
    fields: dict[str, object] = {
        "v": 1,
        "town": "windsor",
        "alert": "bridge-2/0123/7",
        "text": "AB72345",
        "plate": "AB12345",
        "entry_id": "W-17",
        "owner": "State Police",
        "reason": "an innocent driver was stopped",
        "made": to_time(NOW),
        "until": to_time(NOW + 30 * DAY),
    }
    return Claim.model_validate({**fields, **changes})


@dataclass
class Desk:
    """A town with two officers and a supervisor, and its folder of corrections."""

    path: Path
    town: Town = field(default_factory=Town)

    def __post_init__(self) -> None:
        self.smith = self.town.add(Role.OFFICER, "smith")
        self.brown = self.town.add(Role.OFFICER, "brown")
        self.jones = self.town.add(Role.SUPERVISOR, "jones")
        self.folder = CorrectionFolder(self.path, self.town.roster, 90.0)

    def add(self, officer: Identity | None = None, **changes: object) -> str:
        return self.folder.add(claim_of(**changes), officer or self.smith, unlisted)

    def confirm(self, number: str, by: Identity | None = None, at: datetime = NOW) -> None:
        self.folder.confirm(number, by or self.jones, at, unlisted)

    def read(self, at: datetime = NOW) -> Ledger:
        return self.folder.read(at)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "corrections")


def test_two_keys(desk: Desk) -> None:
    """An officer's claim that a supervisor confirms stands: the control of all refusals below."""
    number = desk.add()
    desk.confirm(number[:8])
    ledger = desk.read()
    (one,) = ledger.standing
    assert (one.number, one.text, one.plate) == (number, "AB72345", "AB12345")
    assert (one.officer, one.supervisor, one.until) == ("smith", "jones", NOW + 30 * DAY)
    assert ledger.figures == Figures(waiting=0, standing=1, ended=0)
    assert ledger.refused == {}


def test_one_signature(desk: Desk) -> None:
    """A claim alone waits and does nothing."""
    number = desk.add()
    ledger = desk.read()
    assert ledger.standing == ()
    assert list(ledger.waiting) == [number]
    assert ledger.figures == Figures(waiting=1, standing=0, ended=0)


def test_an_officer_confirms_nothing(desk: Desk) -> None:
    """Neither the claim's own maker nor a second officer can confirm it."""
    number = desk.add()
    with pytest.raises(CorrectionError, match="a second person must confirm it"):
        desk.confirm(number, desk.smith)
    with pytest.raises(KeysError, match="brown is officer; only supervisor signs it"):
        desk.confirm(number, desk.brown)
    assert desk.read().standing == ()


def test_a_supervisor_claims_nothing(desk: Desk) -> None:
    """One person with a supervisor's key cannot be both: the claim is an officer's."""
    number = desk.add(desk.jones)
    with pytest.raises(KeysError, match="jones is supervisor; only officer signs it"):
        desk.confirm(number)
    assert desk.read().standing == ()
    assert "only officer signs it" in desk.read().refused[number]


def test_a_forged_confirmation(desk: Desk) -> None:
    """A file that the officer signs in the supervisor's name is refused when it is read."""
    number = desk.add()
    mine = sign(CONFIRMATION, _confirming(number), desk.smith)
    _put(desk, number, to_bytes(mine))
    assert "smith is officer" in desk.read().refused[number]
    named = Identity("jones", Role.SUPERVISOR, "windsor", desk.smith.signing, None)
    _put(desk, number, to_bytes(sign(CONFIRMATION, _confirming(number), named)))
    assert "does not hold" in desk.read().refused[number]
    assert desk.read().standing == ()


def test_expired(desk: Desk) -> None:
    """After its end a correction does not stand, and cannot be confirmed any more."""
    number, late = desk.add(), desk.add(alert="bridge-2/0123/8")
    desk.confirm(number)
    end = NOW + 30 * DAY
    assert desk.read(end - timedelta(seconds=1)).standing
    assert desk.read(end).standing == ()
    assert "a new one needs two keys" in desk.read(end).refused[number]
    with pytest.raises(CorrectionError, match="ended at"):
        desk.confirm(late, at=end)


@pytest.mark.parametrize("role", ["officer", "supervisor"])
def test_revoked(desk: Desk, role: str) -> None:
    """With either key revoked the correction falls, and a new one cannot be confirmed."""
    number, other = desk.add(), desk.add(alert="bridge-2/0123/8")
    desk.confirm(number)
    desk.town.revoke(desk.smith if role == "officer" else desk.jones)
    assert desk.read().standing == ()
    assert "revoked" in desk.read().refused[number]
    with pytest.raises(KeysError, match="revoked"):
        desk.confirm(other)


def test_replayed(desk: Desk) -> None:
    """A confirmation stands for its own claim alone; a claim is confirmed once."""
    first, second = desk.add(), desk.add(text="KL98765")
    desk.confirm(first)
    _put(desk, second, (desk.path / f"{first}.confirmed").read_bytes())
    assert "of another correction" in desk.read().refused[second]
    with pytest.raises(CorrectionError, match="confirmed already"):
        desk.confirm(first)
    claim = (desk.path / f"{first}.claim").read_bytes()
    (desk.path / f"{'ab' * 32}.claim").write_bytes(claim)
    assert "bears another correction's number" in desk.read().refused["ab" * 32]
    assert [one.number for one in desk.read().standing] == [first]


def test_another_town(desk: Desk, tmp_path: Path) -> None:
    """What another town's officers signed is nothing here."""
    there = Desk(tmp_path / "there", Town("hartford"))
    number = there.add(town="hartford")
    there.confirm(number)
    for file in there.path.glob("*.*"):
        if file.is_file():
            (desk.path).mkdir(exist_ok=True)
            (desk.path / file.name).write_bytes(file.read_bytes())
    assert desk.read().standing == ()
    assert "does not hold" in desk.read().refused[number]
    other = desk.add(elsewhere(desk.smith, "windsor"), town="hartford")
    with pytest.raises(CorrectionError, match="is for hartford"):
        desk.confirm(other)


def test_the_entrys_own_text(desk: Desk) -> None:
    """A correction of the listed plate itself, or of another listed plate, is refused."""
    with pytest.raises(CorrectionError, match="AB12345 is the listed plate itself"):
        desk.add(text="AB12345")
    with pytest.raises(CorrectionError, match="would silence a listed plate"):
        desk.folder.add(claim_of(), desk.smith, lambda text: text == "AB72345")
    number = desk.add()
    with pytest.raises(CorrectionError, match="would silence a listed plate"):
        desk.folder.confirm(number, desk.jones, NOW, lambda text: text == "AB72345")
    own = sign(CLAIM, b'{"no":"claim"}', desk.smith)
    digest = hashlib.sha256(to_bytes(own)).hexdigest()
    (desk.path / f"{digest}.claim").write_bytes(to_bytes(own))
    assert "a correction: " in desk.read().refused[digest]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"until": to_time(NOW + 91 * DAY)}, "90 days are the most"),
        ({"until": to_time(NOW)}, "before it begins"),
    ],
)
def test_how_long(desk: Desk, changes: dict[str, object], words: str) -> None:
    """A correction has an end, and not a far one."""
    with pytest.raises(CorrectionError, match=words):
        desk.add(**changes)


def test_dated_ahead(desk: Desk) -> None:
    """A claim from the future is not confirmed."""
    number = desk.add(made=to_time(NOW + DAY))
    with pytest.raises(CorrectionError, match="in the future"):
        desk.confirm(number)


def test_the_owner_is_told(desk: Desk) -> None:
    """Each confirmation leaves a notice that the supervisor signed, for the list's owner."""
    number = desk.add()
    assert not (desk.path / "notices").exists()
    desk.confirm(number)
    body = (desk.path / "notices" / f"{number}.notice").read_bytes()
    signed = from_bytes(body, "a notice", NOTICE)
    assert desk.town.roster().check(signed, Role.SUPERVISOR, NOW).name == "jones"
    notice = read(Notice, signed.payload, "a notice")
    assert (notice.owner, notice.entry_id, notice.text) == ("State Police", "W-17", "AB72345")
    assert "wrongly taken for your entry W-17, AB12345" in notice.sentence


def test_which_one(desk: Desk) -> None:
    """A number that fits none, or several, is asked for again."""
    desk.add()
    desk.add(alert="bridge-2/0123/8")
    for number, count in (("x", 0), ("", 0)):
        with pytest.raises(CorrectionError, match=f"{count} corrections"):
            desk.confirm(number)


def _confirming(number: str) -> bytes:
    return f'{{"claim":"{number}","made":"{to_time(NOW)}","v":1}}'.encode()


def _put(desk: Desk, number: str, body: bytes) -> None:
    (desk.path / f"{number}.confirmed").write_bytes(body)


def test_the_watch_hands_on(desk: Desk) -> None:
    """A new correction reaches the line at the next glance, a revocation within a minute."""
    handed: list[int] = []
    clock = FakeClock(Moment(int(NOW.timestamp()) * 1_000_000_000, 0))
    watch = CorrectionWatch(desk.folder, lambda found: handed.append(len(found)), clock)
    watch.refresh()
    desk.confirm(desk.add())
    watch.refresh()
    assert handed == [0]
    clock.advance(1.0)
    watch.refresh()
    assert handed == [0, 1]
    clock.advance(1.0)
    watch.refresh()
    assert handed == [0, 1], "nothing is read again while nothing has changed"
    desk.town.revoke(desk.jones)
    clock.advance(60.0)
    watch.refresh()
    assert handed == [0, 1, 0]


def test_a_text_that_is_listed_by_now_is_not_corrected(desk: Desk, tmp_path: Path) -> None:
    """From the swap of the list on its correction is not handed on, until it is off the list.

    Control: a list with another plate, and the entry's own, lets it stand.
    """
    lists = [listed(tmp_path, {"plate": plate}) for plate in ("AB12345", "AB72345", "AB12345")]
    handed: list[int] = []
    clock = FakeClock(Moment(int(NOW.timestamp()) * 1_000_000_000, 0))
    current = [lists[0]]
    watch = CorrectionWatch(
        desk.folder, lambda found: handed.append(len(found)), clock, lambda: current[0]
    )
    number = desk.add()
    desk.confirm(number)
    for fresh in lists:
        current[0] = fresh
        watch.refresh()
        clock.advance(1.0)
    assert handed == [1, 0, 1]
    refused = desk.folder.read(NOW, lambda text: text == "AB72345").refused
    assert "would silence a listed plate" in refused[number]


def test_a_missing_roster_changes_nothing(tmp_path: Path) -> None:
    """Without a roster nothing new is believed, and what stood stays until its own end."""

    def lost() -> Roster:
        raise KeysError("the roster cannot be read")

    handed: list[object] = []
    folder = CorrectionFolder(tmp_path, lost, 90.0)
    CorrectionWatch(folder, handed.append, FakeClock()).refresh()
    assert handed == []
