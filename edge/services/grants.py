"""The folder of grants: signed files in, standing grants out.

``NUMBER.grant`` is what a supervisor signed, ``NUMBER.approved`` what an auditor signed, and
``NUMBER.end`` ends it, whoever put it there: taking rights away needs no proof. Taking files away
only ends grants too; but for an end, of which a second copy therefore stands beside the folder, in
``grants-ended``, and on a unit the chain knows it too.
"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from edge.clock import Clock, Moment
from edge.errors import GrantError, KeysError
from edge.keys.files import make_folder, read_public, write
from edge.keys.identity import Identity
from edge.keys.keeper import RosterKeeper
from edge.keys.roster import Roster
from edge.keys.signed import Signed, from_bytes, to_bytes
from edge.log import Log
from edge.policy.grants import (
    APPROVAL,
    GRANT,
    Grant,
    Standing,
    number_of,
    read_grant,
    read_standing,
    sign_approval,
    sign_end,
    sign_grant,
)
from edge.services.grant_acts import GrantActs
from edge.services.numbered import LIMIT, find_numbered, read_numbered

FOLDER: Final = "grants"  # in the folder of keys
_LOOK_S: Final = 2.0
_ALWAYS_S: Final = 60.0  # keys and grants end by themselves
_log: Final = Log("edge.grants")


@dataclass(frozen=True, slots=True)
class Grants:
    """What the folder holds at one moment.

    Attributes:
        waiting: grants that nobody has approved, by number.
        standing: those that two parties have signed and nobody has ended; some may begin later.
        refused: a sentence by number for each that does not hold, or holds no more.
        ended: numbers that somebody has ended, whatever else they lack.
    """

    waiting: dict[str, Grant] = field(default_factory=dict)
    standing: tuple[Standing, ...] = ()
    refused: dict[str, str] = field(default_factory=dict)
    ended: frozenset[str] = frozenset()


class GrantFolder:
    """Reads and adds to one folder of grants.

    Attributes:
        gone: numbers that ended by what else is known, as a unit's own chain; they stay ended.
    """

    def __init__(self, folder: Path) -> None:
        self.gone: frozenset[str] = frozenset()
        self._folder = folder
        self._second = folder.with_name(f"{folder.name}-ended")

    def add(self, grant: Grant, supervisor: Identity, roster: Roster, at: datetime) -> str:
        """Sign a grant, put it there and return its number; it waits for an auditor.

        Raises:
            GrantError: it would hold too long, or is not this town's.
            KeysError: *supervisor* may not grant, or the file cannot be written.
        """
        signed = sign_grant(grant, supervisor)
        read_grant(signed, roster, at)
        number = number_of(signed)
        make_folder(self._folder, private=False)
        write(self._folder / f"{number}.grant", to_bytes(signed))
        return number

    def approve(self, number: str, auditor: Identity, roster: Roster, at: datetime) -> Standing:
        """Approve a grant and return it; from now on it stands.

        Raises:
            GrantError: there is no such grant, it has ended, or may not be approved.
            KeysError: a signature or a key does not hold, or the file cannot be written.
        """
        file = self._found(number)
        self.check_open(file.stem)
        signed = self._signed(file)
        approval = sign_approval(signed, auditor, roster, at)
        standing = read_standing(signed, approval, roster, at)
        write(file.with_suffix(".approved"), to_bytes(approval))
        return standing

    def end(self, number: str, ender: Identity, why: str, at: datetime) -> str:
        """End a grant at once and return its whole number.

        Raises:
            GrantError: there is no such grant, or *ender* is neither supervisor nor auditor.
            KeysError: the file cannot be written.
        """
        file = self._found(number)
        self.put_end(file.stem, to_bytes(sign_end(self._signed(file), ender, why, at)))
        return file.stem

    def file(self, number: str, suffix: str = ".grant") -> Path:
        """Return where a document of a grant is, as ``edge orders send`` wants to be told."""
        return self._folder / f"{number}{suffix}"

    def put_end(self, number: str, document: bytes) -> None:
        """Write down, in both places, that the grant has ended.

        Raises:
            KeysError: a file cannot be written.
        """
        for folder in (self._second, self._folder):
            make_folder(folder, private=False)
            write(folder / f"{number}.end", document)

    def remember(self) -> None:
        """Copy to the second place each end that was brought by hand.

        Raises:
            KeysError: a file cannot be read or written.
        """
        for file in self._folder.glob("*.end"):
            copy = self._second / file.name
            if not copy.exists():
                make_folder(self._second, private=False)
                write(copy, read_public(file, LIMIT))

    def check_open(self, number: str) -> None:
        """Return if nobody has ended the grant.

        Raises:
            GrantError: it was ended, by any of the places that remember it.
        """
        name = f"{number}.end"
        if (self._folder / name).exists():
            raise GrantError(f"grant {number[:12]} was ended: a new one needs two keys")
        if (self._second / name).exists() or number in self.gone:
            raise GrantError(
                f"grant {number[:12]} was ended, and {self._folder / name} was taken away since:"
                " somebody has been at this folder; it stays ended"
            )

    def read(self, roster: Roster, at: datetime) -> Grants:
        """Return what holds at *at*; a file that is wrong is told of and holds back no other."""
        found = Grants()
        standing = []
        for file in sorted(self._folder.glob("*.grant")):
            try:
                one = self._read(file, roster, at)
            except (GrantError, KeysError) as error:
                found.refused[file.stem] = str(error)
                continue
            if isinstance(one, Standing):
                standing.append(one)
            else:
                found.waiting[file.stem] = one
        return Grants(found.waiting, tuple(standing), found.refused, self._ended())

    def _ended(self) -> frozenset[str]:
        files = (*self._folder.glob("*.end"), *self._second.glob("*.end"))
        return self.gone | {file.stem for file in files}

    def marks(self) -> tuple[tuple[str, int, int], ...]:
        """Return what differs after a file came, went or changed."""
        return tuple(sorted(self._marks()))

    def _marks(self) -> list[tuple[str, int, int]]:
        found = []
        for file in (*self._folder.glob("*.*"), *self._second.glob("*.*")):
            try:
                stat = file.stat()
            except OSError:
                continue  # taken away between two looks: the next look sees it
            found.append((file.name, stat.st_mtime_ns, stat.st_size))
        return found

    def _read(self, file: Path, roster: Roster, at: datetime) -> Standing | Grant:
        self.check_open(file.stem)
        signed = self._signed(file)
        approved = file.with_suffix(".approved")
        if not approved.exists():
            return read_grant(signed, roster, at)
        approval = from_bytes(read_public(approved, LIMIT), str(approved), APPROVAL)
        return read_standing(signed, approval, roster, at)

    def _signed(self, file: Path) -> Signed:
        return read_numbered(file, GRANT, "grant", GrantError)

    def _found(self, number: str) -> Path:
        return find_numbered(self._folder, ".grant", number, "grant", GrantError)


class GrantKeeper:
    """Keeps the standing grants fresh.

    Attributes:
        standing: those in force now or later; each alert asks whether one covers it.
        problem: why a grant does not count though it was signed; empty when all do.
    """

    def __init__(self, folder: GrantFolder, rosters: RosterKeeper, clock: Clock) -> None:
        self.standing: tuple[Standing, ...] = ()
        self._acts: GrantActs | None = None
        self._folder = folder
        self._rosters = rosters
        self._clock = clock
        self._looked: Moment | None = None
        self._read: Moment | None = None
        self._known: object = None
        self._told: set[str] = set()

    def refresh(self) -> None:
        """Look at the folder, every two seconds at most; what cannot be read grants nothing."""
        now = self._clock.now()
        if self._looked is not None and now.since(self._looked) < _LOOK_S:
            return
        self._looked = now
        roster = self._rosters.roster
        known = (self._folder.marks(), roster.sequence, self._clock.trusted())
        old = self._read is None or now.since(self._read) >= _ALWAYS_S
        if known == self._known and not old and not self.problem:
            return
        self._known, self._read = known, now
        self._remember()
        grants = self._folder.read(roster, self._rosters.at())
        self.standing = self._admitted(grants)
        for number, why in grants.refused.items():
            self._tell(f"{number[:12]}: {why}")

    @property
    def problem(self) -> str:
        """Why a grant does not count though it was signed."""
        return self._acts.problem if self._acts is not None else ""

    def record(self, acts: GrantActs) -> None:
        """Let grants count by their rows on the chain alone, from now on."""
        self._acts = acts
        self._folder.gone |= acts.ended
        self._looked = self._known = None
        self.standing = ()  # until each is there
        self.refresh()

    def _admitted(self, grants: Grants) -> tuple[Standing, ...]:
        if self._acts is None:
            return grants.standing
        if not self._clock.trusted():
            return ()  # nobody can say which have begun or ended
        return self._acts.admit(grants.standing, grants.ended, self._rosters.at())

    def _remember(self) -> None:
        try:
            self._folder.remember()
        except KeysError as error:
            self._tell(f"an end is remembered in one place alone: {error}")

    def _tell(self, why: str) -> None:
        if why not in self._told:
            self._told.add(why)
            _log.info("a grant does not hold", why=why)
