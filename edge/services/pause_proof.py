"""Prove a pause from an exported record: offline, with the town's public root alone."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from edge.errors import PauseError
from edge.keys.roster import Roster, read_roster
from edge.keys.trust import Root
from edge.messages.acts import ActRow
from edge.messages.export import Header, Row, read_line
from edge.policy.pause_proof import Point, Proof, prove
from edge.services.audit_evidence import read_lines
from edge.services.audit_verify import verify_exports


def prove_pause(
    file: Path, number: str, root: Root, heads: list[Path], within_s: float
) -> tuple[tuple[Point, ...], Proof]:
    """Return whether the record itself holds, as points, and what it shows of the pause.

    Raises:
        ConfigError: a file cannot be read.
        PauseError: the record is broken, or tells of no such pause.
    """
    (found,) = verify_exports([file], root, heads)
    if found.broken is not None:
        raise PauseError(f"{file}: the record does not hold: {found.sentence}")
    rows, roster = _read(file, root)
    proof = prove(rows, number, roster, within_s)
    covered = found.proven >= proof.last
    beyond = "" if covered else f", and the pause goes to row {proof.last}"
    points = (
        Point(
            holds=True,
            sentence=f"{found.name}: {found.rows} rows, none changed, missing or put in between",
        ),
        Point(holds=covered, sentence=f"{found.proof or 'nobody'} vouches for them{beyond}"),
    )
    return points, proof


def _read(file: Path, root: Root) -> tuple[list[ActRow], Roster]:
    rows: list[ActRow] = []
    header: Header | None = None
    for _, line in read_lines(file):
        found = read_line(line)
        if isinstance(found, Header):
            header = found
        elif isinstance(found, Row) and header is not None:
            rows.append(_opened(found, header))
    if header is None:
        raise PauseError(f"{file}: has no header")
    return rows, read_roster(header.roster, str(file), root.key)


def _opened(row: Row, header: Header) -> ActRow:
    link = row.link
    payload = json.loads(row.payload.text) if row.payload else None
    return ActRow(header.name, header.epoch, link.number, link.at, link.kind, payload)


def told(points: Iterable[Point]) -> Iterator[str]:
    """Yield the points as lines for a person."""
    for point in points:
        yield f"{'yes' if point.holds else 'NO '}  {point.sentence}"


LIMITS: Final = (
    "This is what the unit wrote down as it happened, and nobody changed since. That its software",
    "tells the truth is not proven by it: compare the version on the record, look at its lamp.",
)
