"""What travels comes out as it went in, or not at all."""

import zlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import BundleRefused
from edge.hotlist.bundle import Bundle, assemble, compress, expand, pack, unpack
from edge.hotlist.bundle_build import build_delta, build_full
from edge.hotlist.bundle_rows import COLUMNS, changed, changes, digest_of, in_order, number_of
from edge.hotlist.index import Row
from tests.hotlist.bundles import NOW, about, changed_header, row, rows

BASE = rows("AA11", "BB22", "CC33")
NUMBERS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1)
LISTS = st.dictionaries(NUMBERS, st.sampled_from(["AA11", "BB22", "CC33"]), max_size=12)


def _refusal(bundle: Bundle) -> str:
    with pytest.raises(BundleRefused) as caught:
        list(expand(bundle))
    return caught.value.why


def test_round_trip() -> None:
    """A bundle is unpacked as it was packed."""
    bundle = build_full(BASE, about(7))
    again = unpack(pack(bundle))
    assert again == bundle
    assert list(expand(again)) == BASE
    assert again.header.name == f"town-7-{digest_of(BASE)[:12]}"


def test_columns() -> None:
    """The canonical columns are those that the list's own reader knows."""
    assert tuple(COLUMNS.split(",")) == Row._fields


def test_small_delta() -> None:
    """A delta of one change stays small, however long the list is."""
    many = rows(*(f"X{number}" for number in range(5000)))
    fresh = [line for line in many if number_of(line) != "E-X77"]
    bundle = build_delta(many, fresh, about(2))
    assert list(expand(bundle)) == ["-E-X77"]
    assert len(pack(bundle)) < 1000


@given(LISTS, LISTS)
def test_changes_rebuild(old: dict[str, str], new: dict[str, str]) -> None:
    """What a delta makes of its base is the list that it was made for, whatever both hold."""
    base = [row(number, old[number]) for number in sorted(old)]
    fresh = [row(number, new[number]) for number in sorted(new)]
    assert list(in_order(fresh)) == fresh
    assert list(changed(base, changes(base, fresh))) == fresh


@pytest.mark.parametrize(
    "delta",
    [
        ["+" + BASE[0]],
        ["~" + row("E-ZZ")],
        ["-E-ZZ"],
        ["-E-BB22", "-E-AA11"],
        ["-E-AA11", "-E-AA11"],
        ["E-AA11"],
        [""],
        ['-"E-AA11'],
    ],
)
def test_unsound_delta(delta: list[str]) -> None:
    """A delta that does not fit its base is refused."""
    with pytest.raises(BundleRefused) as caught:
        list(changed(BASE, delta))
    assert caught.value.why == "content"


@pytest.mark.parametrize("lines", [[BASE[1], BASE[0]], [BASE[0], BASE[0]]])
def test_order(lines: list[str]) -> None:
    """Rows out of order, or twice, are refused: later deltas would miss them."""
    with pytest.raises(BundleRefused, match="not in order"):
        list(in_order(lines))


def test_bomb() -> None:
    """A body that unfolds to more than its header says is refused after that much, not unfolded."""
    header = build_full(BASE, about(1)).header
    bomb = zlib.compress(b"x" * 1000 + b"\n" * 50_000_000, 9)
    assert _refusal(assemble(header, bomb)) == "large"
    endless = zlib.compress(b"x" * 1_000_000, 9)
    header = header.model_copy(update={"body_bytes": 1_000_000})
    assert _refusal(assemble(header, endless)) == "content"


def test_body_damage() -> None:
    """A body that is cut, lengthened or no zlib stream at all is refused."""
    bundle = build_full(BASE, about(1))
    size = bundle.header.body_bytes
    for body in (bundle.body[:-1], bundle.body[:9], bundle.body + b"x", b"x" * 40, b""):
        assert _refusal(assemble(bundle.header, body)) == "content"
    short, _ = compress(BASE[:2])
    assert _refusal(assemble(bundle.header, short)) == "content"
    torn = zlib.compress(b"x" * size)
    assert _refusal(assemble(bundle.header, torn)) == "content"


@pytest.mark.parametrize(
    "changes",
    [
        {"sequence": 0},
        {"kind": "other"},
        {"base": "0" * 64},
        {"base": "short"},
        {"keys": 3},
        {"kind": "urgent", "base": "0" * 64},
        {"expires": NOW - timedelta(days=1)},
        {"complete": NOW + timedelta(days=1)},
        {"valid_from": NOW + timedelta(days=9)},
        {"town": "../elsewhere"},
        {"list": "a/b"},
        {"entries": -1},
    ],
)
@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
def test_contradicting_header(changes: dict[str, object]) -> None:
    """A header that contradicts itself, or holds what it may not, is refused."""
    forged = changed_header(build_full(BASE, about(1)), **changes)
    with pytest.raises(BundleRefused, match="no sound header"):
        unpack(pack(forged))


def test_cut_anywhere() -> None:
    """A bundle in the clear that is cut anywhere never comes apart into the same one."""
    bundle = build_full(BASE, about(1))
    whole = pack(bundle)
    for end in range(len(whole)):
        with pytest.raises(BundleRefused) as caught:
            list(expand(unpack(whole[:end])))
        assert caught.value.why in {"format", "content"}
