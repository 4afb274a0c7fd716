"""Notices to the owners of lists: which wait, and how they leave.

An issuer has no key that anything could be sealed to, and an owner may be no party of ours at all.
So a notice leaves as a letter: a text that a person can read and send, and beside it the file that
the supervisor signed, by which the owner can prove what was said.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from edge.errors import CorrectionError, KeysError
from edge.keys import canonical
from edge.keys.files import make_folder, read_public, write
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.keys.signed import from_bytes
from edge.policy.ledger import NOTICE, Notice

FOLDER: Final = "notices"  # in the folder of corrections
SUFFIX: Final = ".notice"
TEXT: Final = ".txt"
_LIMIT: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Waiting:
    """One notice whose signature holds.

    Attributes:
        file: as the supervisor signed it.
        supervisor: who signed.
    """

    file: Path
    supervisor: str
    notice: Notice

    @property
    def text(self) -> str:
        """The letter, for people."""
        one = self.notice
        return _LETTER.format(
            owner=one.owner,
            sentence=one.sentence,
            town=one.town,
            entry=one.entry_id,
            plate=one.plate,
            alert=one.alert,
            reason=one.reason,
            made=one.made,
            until=one.until,
            supervisor=self.supervisor,
            claim=one.claim,
            file=self.file.name,
        )


def read_notices(
    corrections: Path, roster: Roster, at: datetime
) -> tuple[list[Waiting], dict[str, str]]:
    """Return the notices in a folder of corrections, and why others do not hold, by file name."""
    found, refused = [], {}
    for file in sorted((corrections / FOLDER).glob(f"*{SUFFIX}")):
        try:
            signed = from_bytes(read_public(file, _LIMIT), str(file), NOTICE)
            party = roster.check(signed, Role.SUPERVISOR, at)
            notice = canonical.read(Notice, signed.payload, str(file))
        except KeysError as error:
            refused[file.name] = str(error)
            continue
        found.append(Waiting(file, party.name, notice))
    return found, refused


def export(waiting: Waiting, folder: Path) -> tuple[Path, Path]:
    """Write the letter and the signed file into *folder*, and return both.

    Raises:
        CorrectionError: another file of that name lies there.
        KeysError: they cannot be written.
    """
    make_folder(folder, private=False)
    body = read_public(waiting.file, _LIMIT)
    copy, letter = folder / waiting.file.name, folder / (waiting.file.stem + TEXT)
    if copy.exists() and read_public(copy, _LIMIT) != body:
        raise CorrectionError(f"{copy}: is another file; name another folder")
    write(copy, body)
    write(letter, waiting.text.encode())
    return letter, copy


_LETTER: Final = """\
To: {owner}
From: {town}
About: your entry {entry}, {plate}

{sentence}

Alert:      {alert}
What was wrong: {reason}
Held since: {made}
Ends:       {until}

An officer has claimed this and {supervisor}, a supervisor of {town}, has confirmed it
(correction {claim}).
The file {file} beside this letter bears the supervisor's signature. No picture and no
other person's data is in it.
"""
