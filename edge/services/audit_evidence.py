"""Who has signed what of which chain: heads and receipts, gathered before rows are held to them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from edge.errors import ConfigError, KeysError, MessageError
from edge.keys.canonical import from_text
from edge.keys.roles import Role
from edge.keys.roster import Roster, read_roster
from edge.keys.signed import from_bytes
from edge.keys.trust import Root
from edge.messages import chain_receipt, head
from edge.messages.chain import SENDERS, open_chain_head
from edge.messages.chain_receipt import open_old_chain_receipt
from edge.messages.export import LONGEST_LINE, Header, HeadLine, ReceiptLine, read_line
from edge.messages.head import own_head

Chain = tuple[str, str]
"""Name and epoch."""

_SIGNED: Final = (b'{"head":', b'{"receipt":')


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody signed that row *number* has this hash.

    Attributes:
        told: who and when, for a sentence.
    """

    chain: Chain
    number: int
    hash: str
    told: str


@dataclass(slots=True)
class Evidence:
    """What is known of all chains together, by the newest roster that the root has signed.

    Attributes:
        roster: the newest of all files.
        claims: by chain, then by row.
        problems: why a signed line of a file does not count at all, by file and line.
        notes: why one is not counted though it was signed well.
        chains: of which chain a signed line is, by file and line.
    """

    root: Root
    roster: Roster | None = None
    claims: dict[Chain, dict[int, list[Claim]]] = field(default_factory=dict)
    problems: dict[tuple[Path, int], str] = field(default_factory=dict)
    notes: dict[Path, list[str]] = field(default_factory=dict)
    chains: dict[tuple[Path, int], Chain] = field(default_factory=dict)

    def take_roster(self, header: Header, what: str) -> None:
        """Take a file's roster if it is newer.

        Raises:
            KeysError: the town's root did not sign it.
        """
        roster = read_roster(header.roster, what, self.root.key)
        if roster.town != self.root.town or header.town != self.root.town:
            raise KeysError(f"{what}: of {header.town}, and the root is of {self.root.town}")
        if self.roster is None or roster.sequence > self.roster.sequence:
            self.roster = roster

    def take(self, file: Path, number: int, line: bytes) -> None:
        """Take a signed line of a file; what is wrong with it is kept for later."""
        try:
            claim = self.read(line)
        except (KeysError, MessageError, ValueError) as error:
            self.problems[file, number] = str(error)
            return
        if isinstance(claim, str):
            self.notes.setdefault(file, []).append(claim)
            return
        self.chains[file, number] = claim.chain
        if claim.number:
            rows = self.claims.setdefault(claim.chain, {}).setdefault(claim.number, [])
            if claim not in rows:
                rows.append(claim)

    def read(self, line: bytes) -> Claim | str:
        """Return what a signed line claims; or a sentence, when its key was revoked since.

        Raises:
            KeysError, MessageError: it is not signed by anybody who may.
        """
        if self.roster is None:
            raise KeysError("there is no roster to judge it by")
        found = read_line(line)
        if isinstance(found, HeadLine):
            return _head(found.text, self.roster)
        if isinstance(found, ReceiptLine):
            return _receipt(found.blob, self.roster)
        raise MessageError("is neither a head nor a receipt")

    def of(self, chain: Chain) -> dict[int, list[Claim]]:
        """Return the claims about a chain, by row."""
        return self.claims.get(chain, {})


def gather(files: list[Path], heads: list[Path], root: Root) -> Evidence:
    """Return what the files' headers and signed lines say.

    Args:
        heads: files of signed lines alone, as an export has them, published elsewhere.

    Raises:
        ConfigError: a file cannot be read.
    """
    evidence, signed = Evidence(root), []
    for file in files:
        signed += _scan(file, evidence)
    for file in heads:
        signed += [(file, number, line) for number, line in read_lines(file) if line.strip()]
    for file, number, line in signed:
        evidence.take(file, number, line)
    return evidence


def _scan(file: Path, evidence: Evidence) -> list[tuple[Path, int, bytes]]:
    signed = []
    for number, line in read_lines(file):
        if number == 1:
            try:
                evidence.take_roster(_header(line), str(file))
            except (KeysError, MessageError) as error:
                evidence.problems[file, 1] = str(error)
        elif line.startswith(_SIGNED):
            signed.append((file, number, line))
    return signed


def _header(line: bytes) -> Header:
    found = read_line(line)
    if not isinstance(found, Header):
        raise MessageError("the first line is no header")
    return found


def read_lines(file: Path) -> Iterator[tuple[int, bytes]]:
    """Yield number and bytes of each line, none longer than an export's can be.

    Raises:
        ConfigError: the file cannot be read.
    """
    try:
        with file.open("rb") as opened:
            number = 0
            while line := opened.readline(LONGEST_LINE):
                number += 1
                yield number, line
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error


def _head(text: str, roster: Roster) -> Claim | str:
    made = own_head(from_text(text, "a head")).made_at
    at = datetime.fromisoformat(made)
    try:
        found = open_chain_head(text, roster, at)
    except KeysError:
        signed = from_bytes(from_text(text, "a head"), "a head", head.KIND)
        signer = roster.check_then(signed, SENDERS, at)
        return _revoked(signer.name, made)
    told = f"the head that {found.unit} signed at {found.made_at}"
    return Claim((found.unit, found.epoch), found.audit_number, found.audit_hash, told)


def _receipt(blob: bytes, roster: Roster) -> Claim | str:
    try:
        found = open_old_chain_receipt(blob, roster)
    except KeysError:
        signed = from_bytes(blob, "a receipt", chain_receipt.KIND)
        made = chain_receipt.made_at(signed)
        signer = roster.check_then(signed, Role.ARCHIVE, datetime.fromisoformat(made))
        return _revoked(signer.name, made)
    told = f"the receipt that {found.archive} signed at {found.at}"
    return Claim((found.name, found.epoch), found.number, found.hash, told)


def _revoked(name: str, made: str) -> str:
    return (
        f"what {name} signed, it says at {made}, is not counted: the key was revoked since, and a"
        " thief writes any date"
    )
