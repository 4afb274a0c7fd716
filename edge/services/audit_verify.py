"""Hold exported chains against the signatures on them: offline, with public keys alone.

A file is read line by line and never kept whole. Its first fault is named by row and line; behind
it nothing is believed. Heads and receipts found in any of the files count for all of them, so that
a copy that was cut is found out by any other.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from edge.errors import ConfigError, KeysError, MessageError
from edge.keys.trust import Root
from edge.messages.chain import commits
from edge.messages.export import SUFFIX, End, Header, HeadLine, ReceiptLine, Row, read_line
from edge.messages.links import Break, Link, broken_at, first_link
from edge.services.audit_evidence import Chain, Claim, Evidence, gather, read_lines

_UNPROVEN: Final = "no signature covers any row: whoever made the file could have written all of it"


@dataclass(frozen=True, slots=True)
class Found:
    """What one file was found to be.

    Attributes:
        rows: that hold, before the first fault.
        erased: rows of which the payload was erased.
        proven: the last row that somebody's signature covers.
        proof: whose, as a sentence.
        broken: the first fault, by row.
        line: of the first fault, in the file; 0 when it is nothing in the file.
        notes: what is to be known besides.
    """

    file: Path
    name: str = ""
    epoch: str = ""
    rows: int = 0
    erased: int = 0
    proven: int = 0
    proof: str = ""
    broken: Break | None = None
    line: int = 0
    notes: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Nothing is wrong, and somebody's signature covers it."""
        return self.broken is None and self.proven > 0

    @property
    def chain(self) -> Chain:
        """Name and epoch."""
        return self.name, self.epoch

    @property
    def sentence(self) -> str:
        """What a person is told."""
        if self.broken is not None:
            return f"row {self.broken.number} (line {self.line}): {self.broken.reason}"
        if not self.proven:
            return _UNPROVEN
        told = f"{self.rows} rows, {self.erased} payloads erased; {self.proof} holds"
        rest = self.rows - self.proven
        return f"{told}; {rest} rows after it are signed by nobody yet" if rest > 0 else told


def verify_exports(paths: list[Path], root: Root, heads: list[Path]) -> list[Found]:
    """Return what each file, and each file in the folders, was found to be.

    Args:
        root: of the town; by it alone the rosters in the files are believed.
        heads: files of signed lines that were published or kept elsewhere.

    Raises:
        ConfigError: a file cannot be read, or there is none.
    """
    files = [file for path in paths for file in _files(path)]
    evidence = gather(files, heads, root)
    found = [_verify(file, evidence) for file in files]
    return _across(found, evidence)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(path.rglob(f"*{SUFFIX}"))
    if not files:
        raise ConfigError(f"{path}: holds no export of a chain (*{SUFFIX})")
    return files


@dataclass(slots=True)
class _Reading:
    """One file, as far as it was read."""

    file: Path
    evidence: Evidence
    header: Header | None = None
    claims: dict[int, list[Claim]] = field(default_factory=dict)
    previous: str = ""
    rows: int = 0
    erased: int = 0
    proven: int = 0
    proof: str = ""
    signed: bool = False
    ended: bool = False

    def take(self, number: int, line: bytes) -> str:
        """Take a line, and return what is wrong with it."""
        try:
            found = read_line(line)
        except (KeysError, MessageError) as error:
            return f"the line {error}" if number > 1 else str(error)
        if self.ended:
            return "a line stands behind the end"
        match found:
            case Header():
                return self._begin(number, found)
            case Row():
                return self._row(found)
            case HeadLine() | ReceiptLine():
                self.signed = True
                return self._signed(number)
            case End():
                self.ended = True
                wrong = found.rows != self.rows
                return f"the file ended with row {found.rows}" if wrong else ""

    def _begin(self, number: int, header: Header) -> str:
        if number != 1:
            return "a second header stands here"
        self.header, self.previous = header, first_link(header.epoch)
        self.claims = self.evidence.of((header.name, header.epoch))
        if header.root != self.evidence.root.fingerprint:
            return "the header names another root than the one given"
        return self.evidence.problems.get((self.file, 1), "")

    def _signed(self, number: int) -> str:
        header, place = self.header, (self.file, number)
        own = (header.name, header.epoch) if header else None
        if self.evidence.chains.get(place, own) != own:
            return "a head stands here that is of another chain"
        return self.evidence.problems.get(place, "")

    def _row(self, row: Row) -> str:
        link, number = row.link, self.rows + 1
        if self.header is None or self.signed:
            return f"row {link.number} stands where none can"
        broken = broken_at(link, number, self.previous)
        if broken is not None:
            return broken.reason
        if row.payload is not None and not commits(link, row.payload):
            return f"the payload of row {number} is not the one that the row commits to"
        for claim in self.claims.get(number, ()):
            if claim.hash != link.hash:
                return f"row {number} is not the one of {claim.told}: {self._since()}"
            self.proven, self.proof = number, claim.told
        self.rows, self.previous = number, link.hash
        self.erased += row.payload is None
        return ""

    def _since(self) -> str:
        return f"rows were rewritten somewhere after row {self.proven}"


def _verify(file: Path, evidence: Evidence) -> Found:
    reading, number, wrong = _Reading(file, evidence), 0, ""
    for number, line in read_lines(file):
        wrong = reading.take(number, line)
        if wrong:
            break
    header = reading.header
    if not wrong and not reading.ended:
        wrong = f"the file was cut off after row {reading.rows}"
    return Found(
        file=file,
        name=header.name if header else "",
        epoch=header.epoch if header else "",
        rows=reading.rows,
        erased=reading.erased,
        proven=reading.proven,
        proof=reading.proof,
        broken=Break(reading.rows + 1, wrong) if wrong else None,
        line=number if wrong else 0,
        notes=tuple(evidence.notes.get(file, ())),
    )


def _across(found: list[Found], evidence: Evidence) -> list[Found]:
    """Hold the files against each other, and against what was signed beyond their last row."""
    longest: dict[Chain, Found] = {}
    for one in found:
        if one.broken is None and one.rows > longest.get(one.chain, one).rows - 1:
            longest[one.chain] = one
    return [_complete(one, longest.get(one.chain, one), evidence) for one in found]


def _complete(one: Found, longest: Found, evidence: Evidence) -> Found:
    if one.broken is not None:
        return one
    claims = evidence.of(one.chain)
    fork = next((both for both in claims.values() if len({c.hash for c in both}) > 1), None)
    if fork:
        told = " and ".join(claim.told for claim in fork)
        return replace(one, broken=Break(fork[0].number, f"two chains were signed: {told} differ"))
    newest = claims[max(claims)][0] if claims else None
    if newest is not None and newest.number > longest.rows:
        reason = f"the chain ends at row {one.rows}, and {newest.told} is of row {newest.number}"
        return replace(one, broken=Break(one.rows + 1, reason))
    if longest is one:
        return one
    differs = _first_difference(one.file, longest.file)
    if differs:
        reason = f"row {differs} is another than in {longest.file}: two chains under one name"
        return replace(one, broken=Break(differs, reason))
    if one.rows < longest.rows:
        note = f"ends at row {one.rows}, {longest.file} at row {longest.rows}"
        return replace(one, notes=(*one.notes, note))
    return one


def _first_difference(one: Path, other: Path) -> int:
    """Return the first row in which two files differ; 0 when the shorter one is in the longer."""
    for left, right in zip(_links(one), _links(other), strict=False):
        if left != right:
            return left.number
    return 0


def _links(file: Path) -> Iterator[Link]:
    for _, line in read_lines(file):
        found = read_line(line)
        if isinstance(found, Row):
            yield found.link
