"""Kept reads on the disk: sealed, padded, torn, changed, forged."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.clock import Moment
from edge.errors import StoreError, StoreFull
from edge.keys.crypto import SealingKey, SigningKey, ratchet
from edge.keys.held import HeldKeys
from edge.plates.alphabet import CHARACTERS
from edge.records import Direction, KeptRead
from edge.store import reads_format as form
from edge.store.reads import ReadsFile, ReadsFolder, Scanned
from edge.store.reads_format import HEAD_BYTES, MOST, Sealer


def read(text: str, second: int = 0, place: str = "us-ct") -> KeptRead:
    return KeptRead(Moment(second * 10**9, 0), text, place, 0.5, "receding")


@dataclass
class Bench:
    """A folder with one slot."""

    path: Path
    keys: HeldKeys
    own: SigningKey = field(default_factory=SigningKey.make)

    def __post_init__(self) -> None:
        self.folder = ReadsFolder(self.path)
        self.folder.make()
        self.place, self.slot = self.keys.make()

    def write(self, *batches: Sequence[KeptRead], own: SigningKey | None = None) -> Path:
        file = self.folder.begin(self.slot, own or self.own)
        for batch in batches:
            file.append(batch)
        file.close()
        return file.file

    def scan(self, place: int | None = None) -> Scanned:
        held = self.place if place is None else place
        return self.folder.scan(
            self.slot,
            lambda other: self.keys.agree(held, other),
            {self.own.public},
            lambda _text, _at: True,
        )


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    keys = HeldKeys(4)
    keys.open()
    yield Bench(tmp_path / "reads", keys)
    keys.close()


def test_what_was_kept_is_found_as_it_was(bench: Bench) -> None:
    """Text, place, probability, direction and time of each read, over batches and files."""
    first = [read("AB12345", 1), read("ZZ9", 2, ""), read("0123456789", 3, "eu-de")]
    bench.write(first, [read("CD1", 5)])
    bench.write([read("EF1", 4)])
    found = bench.scan()
    assert found.damaged == ()
    assert list(found.reads) == [*first, read("EF1", 4), read("CD1", 5)]


@given(
    st.lists(
        st.builds(
            KeptRead,
            st.builds(Moment, st.integers(-(2**62), 2**62), st.just(0)),
            st.text(CHARACTERS, max_size=12),
            st.sampled_from(["", "us-ct", "eu-de", "gb"]),
            st.floats(0, 1, width=32),
            st.sampled_from([one.value for one in Direction]),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_any_reads_come_back(reads: list[KeptRead]) -> None:
    """Whatever a line can hand over is kept without loss."""
    keys, own = HeldKeys(1), SigningKey.make()
    keys.open()
    place, slot = keys.make()
    sealer = form.Sealer(slot, own)
    blob = sealer.head + sealer.seal(reads)
    head = form.read_head(blob, slot, {own.public})
    found, shut = form.open_reads(
        blob, head, lambda other: keys.agree(place, other), lambda *_: True
    )
    assert (found, shut) == (reads, 0)
    keys.close()


def test_nothing_on_the_disk_says_what_was_read(bench: Bench) -> None:
    """No text, no jurisdiction, no time stands in the file; the length is that of 16 reads."""
    sizes = {
        bench.write([read("A", 1)]).stat().st_size,
        bench.write([read("AB12345", 1_700_000_000)]).stat().st_size,
        bench.write([read("ABCDEFGHIJ")] * 16).stat().st_size,
    }
    assert len(sizes) == 1
    assert bench.write([read("A")] * 17).stat().st_size > sizes.pop()
    for file in bench.path.iterdir():
        blob = file.read_bytes()
        for told in (b"AB12345", b"us-ct", b"ABCDEFGHIJ", (1_700_000_000 * 10**9).to_bytes(8)):
            assert told not in blob


def test_the_writer_cannot_read_back(bench: Bench) -> None:
    """What watch holds after a batch opens the batches that follow, and none before."""
    sealer = Sealer(bench.slot, bench.own)
    sealer.seal([read("AB12345")])
    after = sealer._chain
    forward = {after}
    for _ in range(50):
        key, after = ratchet(after)
        forward |= {key, after}
    fresh = Sealer(bench.slot, bench.own)
    before = bytes(bytearray(fresh._chain))
    fresh.seal([read("AB12345")])
    assert before not in {fresh._chain}
    assert ratchet(before)[1] == fresh._chain
    assert before not in forward


def test_with_the_key_gone_nothing_opens(bench: Bench) -> None:
    """The control opens; after the key was wiped the same bytes are noise to every other key."""
    bench.write([read("AB12345")])
    assert [one.text for one in bench.scan().reads] == ["AB12345"]
    other, _ = bench.keys.make()
    bench.keys.wipe(bench.place)
    for place in (bench.place, other):
        found = bench.scan(place)
        assert found.reads == ()
        assert "do not open" in found.damaged[0]


@pytest.mark.parametrize("left", [1, 5, 6, 40, 549], ids=str)
def test_a_torn_tail_is_left_out_and_told(bench: Bench, left: int) -> None:
    """A power cut within the second batch: the first is whole, and somebody hears of the rest."""
    file = bench.write([read("AB12345")])
    whole = file.read_bytes()
    file.unlink()
    file = bench.write([read("AB12345")], [read("CD67890")])
    os.truncate(file, len(whole) + left)
    found = bench.scan()
    assert [one.text for one in found.reads] == ["AB12345"]
    assert f"the last {left} bytes are torn" in found.damaged[0]
    assert bench.folder.count(bench.slot.id) == 1


def test_zeros_that_a_cut_left_behind_are_no_reads(bench: Bench) -> None:
    """Some file systems grow a file before its content is there: zeros are left out and told."""
    file = bench.write([read("AB12345")])
    os.truncate(file, file.stat().st_size + 4096)
    found = bench.scan()
    assert [one.text for one in found.reads] == ["AB12345"]
    assert "the last 4096 bytes are torn" in found.damaged[0]


@pytest.mark.parametrize("left", [0, 10, HEAD_BYTES - 1], ids=str)
def test_a_torn_head_is_told_and_the_other_files_are_read(bench: Bench, left: int) -> None:
    """A file of which nothing is whole takes no other with it."""
    os.truncate(bench.write([read("AB12345")]), left)
    bench.write([read("CD67890")])
    found = bench.scan()
    assert [one.text for one in found.reads] == ["CD67890"]
    assert "cut short" in found.damaged[0]


@pytest.mark.parametrize("at", [0, 9, 41, 73, 105, 168, 170, 173, 200, -1], ids=str)
def test_a_changed_byte_is_never_a_read(bench: Bench, at: int) -> None:
    """Wherever it is changed, the file is told as damaged and nothing wrong comes out of it."""
    file = bench.write([read("AB12345")])
    blob = bytearray(file.read_bytes())
    blob[at] ^= 1
    file.write_bytes(blob)
    found = bench.scan()
    assert found.reads == ()
    assert len(found.damaged) == 1


def test_a_changed_batch_takes_no_other_with_it(bench: Bench) -> None:
    """One of three does not open: the two others do, and somebody hears of the one."""
    file = bench.write([read("AB1")], [read("AB2")], [read("AB3")])
    blob = bytearray(file.read_bytes())
    blob[len(blob) // 2] ^= 1
    file.write_bytes(blob)
    found = bench.scan()
    assert [one.text for one in found.reads] == ["AB1", "AB3"]
    assert "1 batches do not open" in found.damaged[0]


def test_what_another_wrote_is_no_read_of_ours(bench: Bench) -> None:
    """Anybody can seal to a public key; only what the unit signed counts."""
    bench.write([read("AB12345")], own=SigningKey.make())
    found = bench.scan()
    assert found.reads == ()
    assert "not written by this unit" in found.damaged[0]


def test_a_file_of_another_slot_is_not_this_ones(bench: Bench) -> None:
    """Renaming a file moves no read into another hour."""
    _, other = bench.keys.make()
    file = bench.folder.begin(other, bench.own)
    file.append([read("AB12345")])
    file.close()
    file.file.rename(bench.path / f"{bench.slot.id}-00000000.reads")
    found = bench.scan()
    assert found.reads == ()
    assert "another slot" in found.damaged[0]


def test_more_reads_than_a_batch_holds_are_several(bench: Bench) -> None:
    """A convoy of thousands is kept whole."""
    bench.write([read(f"A{n}") for n in range(MOST + 3)])
    assert bench.folder.count(bench.slot.id) == MOST + 3
    assert len(bench.scan().reads) == MOST + 3


def test_a_slot_is_deleted_whole_and_alone(bench: Bench) -> None:
    """Both files of it go, another slot's stays, and twice does no harm."""
    bench.write([read("A")])
    bench.write([read("B")])
    _, other = bench.keys.make()
    file = bench.folder.begin(other, bench.own)
    file.append([read("C")])
    file.close()
    assert bench.folder.slots() == {bench.slot.id, other.id}
    bench.folder.delete(bench.slot.id)
    bench.folder.delete(bench.slot.id)
    assert bench.folder.slots() == {other.id}
    assert bench.folder.used() == bench.folder.size(other.id) > 0


def test_a_full_disk_takes_back_the_half_that_it_took(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The batch before is whole, the half of the new one is cut off, and the error says so."""
    file = bench.folder.begin(bench.slot, bench.own)
    file.append([read("AB12345")])
    size = file.file.stat().st_size
    write = os.write

    def half(descriptor: int, data: bytes) -> int:
        return write(descriptor, data[: len(data) // 2])

    monkeypatch.setattr(os, "write", half)
    with pytest.raises(StoreFull, match="no space"):
        file.append([read("CD67890")])
    monkeypatch.undo()
    assert file.file.stat().st_size == size
    assert bench.scan() == Scanned((read("AB12345"),), ())


def test_a_folder_that_cannot_be_read_is_no_empty_folder(tmp_path: Path) -> None:
    """No reads and no folder are not the same."""
    folder = ReadsFolder(tmp_path / "none")
    with pytest.raises(StoreError, match="none"):
        folder.slots()
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="cannot be made"):
        ReadsFolder(tmp_path / "file" / "reads").make()


def test_a_file_is_made_only_with_its_first_read(bench: Bench) -> None:
    """An hour without a car leaves no file."""
    file: ReadsFile = bench.folder.begin(SealingKey(bench.slot.raw), bench.own)
    file.close()
    assert not file.file.exists()
