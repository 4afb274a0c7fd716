"""Whatever was done to an exported chain is found, and where."""

import random
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge.errors import ConfigError
from edge.keys.parties import Revocation
from edge.keys.roster import sign_roster
from edge.keys.trust import Root
from edge.messages.export import Header, write_lines
from edge.services import audit_verify
from edge.services.audit_verify import Found, verify_exports
from edge.store import open_store
from tests.alerts import UNIT, store_section
from tests.fakes import FakeClock
from tests.keys.cast import ISSUED, keys_of, root_of, roster_of
from tests.messages.chains import a_head
from tests.services.exported import HEADS, ROOT, WAYS, Export

MUTATIONS = 1000
ROWS = 90


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Export]:
    """Return a day of a unit."""
    clock = FakeClock()
    section = store_section(tmp_path_factory.mktemp("store"))
    with open_store(section, UNIT.name, clock) as store:
        yield Export(store, clock, ROWS)


@pytest.fixture
def published(export: Export, tmp_path: Path) -> Path:
    """Return the newest head, published elsewhere."""
    file = tmp_path / "published"
    file.write_bytes(export.published())
    return file


def check(folder: Path, lines: list[bytes], *heads: Path) -> Found:
    """Return what is found of one file."""
    file = folder / "bridge-2.chain.jsonl"
    file.write_bytes(b"".join(lines))
    (found,) = verify_exports([file], ROOT, list(heads))
    return found


def test_an_export_holds(export: Export, published: Path, tmp_path: Path) -> None:
    """The control: untouched, it is good to its last row, with and without the published head."""
    for heads in ((), (published,)):
        found = check(tmp_path, export.lines(), *heads)
        assert (found.good, found.broken, found.rows) == (True, None, len(export.rows))
        assert (found.proven, found.erased, found.notes) == (len(export.rows), 2, ())


def test_a_thousand_mutations_are_found_and_located(
    export: Export, published: Path, tmp_path: Path
) -> None:
    """Each edit, removal, reordering, insertion and cut is detected, and its row is named."""
    chance = random.Random(20260601)
    made: Counter[str] = Counter()
    detected: Counter[str] = Counter()
    located: Counter[str] = Counter()
    names = list(WAYS)
    for number in range(MUTATIONS):
        name = names[number % len(names)]
        tampered = WAYS[name](export, chance)
        found = check(tmp_path, tampered.lines, published)
        made[name] += 1
        if found.broken is not None and not found.good:
            detected[name] += 1
            row = tampered.row is None or found.broken.number == tampered.row
            located[name] += row and (not tampered.line or found.line == tampered.line)
    table = [f"{name:<26}{made[name]:>6}{detected[name]:>10}{located[name]:>9}" for name in names]
    head = f"{'mutation':<26}{'made':>6}{'detected':>10}{'located':>9}"
    sys.stdout.write("\n".join(["", head, *table, ""]))
    assert (made.total(), detected, located) == (MUTATIONS, made, made)


def test_a_verifier_that_does_not_compare_misses(
    export: Export, published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the control: without the comparisons the same mutations go through."""
    monkeypatch.setattr(audit_verify, "broken_at", lambda *_: None)
    monkeypatch.setattr(audit_verify, "commits", lambda *_: True)
    chance = random.Random(1)
    missed = [
        name
        for name in ("edit a time", "edit a link", "edit a payload", "edit a salt")
        if check(tmp_path, WAYS[name](export, chance).lines, published).good
    ]
    assert missed == ["edit a time", "edit a link", "edit a payload", "edit a salt"]


def test_truncation_needs_a_published_head(export: Export, tmp_path: Path) -> None:
    """Rows cut off with every head that tells of them are missed by the file alone, and only so."""
    lines = export.lines(export.rows[: 2 * HEADS], export.heads[:2])
    assert check(tmp_path, lines).good
    published = tmp_path / "published"
    published.write_bytes(export.published())
    found = check(tmp_path, lines, published)
    assert found.broken is not None
    assert found.broken.number == 2 * HEADS + 1
    assert f"is of row {len(export.rows)}" in found.broken.reason


def test_a_folder_proves_its_files_against_each_other(export: Export, tmp_path: Path) -> None:
    """An older export in a folder is good and told to be older; a cut one is found by the other."""
    old, new = tmp_path / "june.chain.jsonl", tmp_path / "july.chain.jsonl"
    old.write_bytes(
        b"".join(export.lines(export.rows[:HEADS], export.heads[:1])[:-2]) + b'{"end":30}\n'
    )
    new.write_bytes(b"".join(export.lines()))
    july, june = verify_exports([tmp_path], ROOT, [])
    assert july.good
    assert june.good
    assert "ends at row 30" in june.notes[0]
    new.write_bytes(b"".join(export.lines(export.rows[:70])))
    july, june = verify_exports([tmp_path], ROOT, [])
    assert july.broken is not None
    assert july.broken.number == 71


def test_two_chains_under_one_name_are_a_fork(export: Export, tmp_path: Path) -> None:
    """Two signed heads of one row that differ damn the chain, whichever of them the rows keep."""
    other = [replace(link, hash="ab" * 32) for link in export.links]
    fork = tmp_path / "fork"
    lines = export.lines(export.rows, [a_head(other[:60], keys_of("bridge-2"), export.epoch)])
    fork.write_bytes(lines[len(export.rows) + 1])
    found = check(tmp_path, export.lines(), fork)
    assert found.broken is not None
    assert found.broken.number == 60


def test_unsigned_rows_are_told(export: Export, tmp_path: Path) -> None:
    """Rows after the newest head are said to be signed by nobody; a file without a head is bad."""
    found = check(tmp_path, export.lines(heads=export.heads[:2]))
    assert (found.good, found.proven) == (True, 2 * HEADS)
    assert f"{len(export.rows) - 2 * HEADS} rows after it are signed by nobody" in found.sentence
    bare = [line for line in export.lines(heads=[]) if not line.startswith(b'{"receipt"')]
    found = check(tmp_path, bare)
    assert (found.good, found.broken) == (False, None)
    assert "no signature" in found.sentence


def test_a_revoked_key_proves_nothing(export: Export, tmp_path: Path) -> None:
    """A stolen unit's heads are not counted, and that is said; the archive's receipt still is."""
    unit = keys_of("bridge-2")
    roster = replace(
        roster_of(sequence=2),
        revoked=(Revocation("bridge-2", unit.signing.public, ISSUED, "stolen"),),
    )
    header = replace(export.header(), roster=sign_roster(roster, root_of()))
    early = [a_head(export.links, unit, export.epoch)]
    found = check(tmp_path, list(write_lines(header, export.rows, [], export.receipts)))
    assert (found.good, found.proven) == (True, 40)
    found = check(tmp_path, list(write_lines(header, export.rows, early, export.receipts)))
    assert not found.good
    assert "revoked" in found.sentence


@pytest.mark.parametrize("what", ["root", "town", "name", "epoch", "roster", "missing"])
def test_a_header_that_is_not_its_chains_is_refused(
    export: Export, tmp_path: Path, what: str
) -> None:
    """Another root, town, name, epoch or roster in the header, or none, is found at once."""
    header, forged = export.header(), sign_roster(roster_of(), keys_of("dana").signing)
    changed: dict[str, Header] = {
        "root": replace(header, root="11111 " * 5),
        "town": replace(header, town="dover"),
        "name": replace(header, name="main-street"),
        "epoch": replace(header, epoch="0" * 32),
        "roster": replace(header, roster=forged),
    }
    lines = export.lines()
    if what == "missing":
        lines = lines[1:]
    else:
        made = write_lines(changed[what], export.rows, export.heads, export.receipts)
        lines = list(made)
    found = check(tmp_path, lines)
    assert found.broken is not None
    assert not found.good


def test_another_towns_root_believes_nothing(export: Export, tmp_path: Path) -> None:
    """A file is held to the root that the verifier was given, not to the one it brings along."""
    file = tmp_path / "it.chain.jsonl"
    file.write_bytes(b"".join(export.lines()))
    (found,) = verify_exports([file], Root("windsor", root_of("dover").public), [])
    assert not found.good


def test_nothing_to_verify_is_an_error(tmp_path: Path) -> None:
    """An empty folder and a file that is not there are no good chains."""
    with pytest.raises(ConfigError, match="no export"):
        verify_exports([tmp_path], ROOT, [])
    with pytest.raises(ConfigError, match="cannot be read"):
        verify_exports([tmp_path / "none"], ROOT, [])
