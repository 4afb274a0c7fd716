"""What a unit refuses, and why; what it takes."""

from dataclasses import replace
from datetime import timedelta

import pytest

from edge.errors import BundleRefused, KeysError
from edge.hotlist.bundle import Bundle, Kind
from edge.hotlist.bundle_build import (
    About,
    build_delta,
    build_full,
    build_recovered,
    build_urgent,
    missing,
    sealed,
    signed,
)
from edge.hotlist.bundle_check import Dates, Held, Limits, Time, again, check, dates_after
from edge.hotlist.bundle_rows import digest_of
from edge.keys.identity import Identity
from tests.hotlist.bundles import DAY, LIST, NOW, TOWN, Town, about, changed_header, row, rows

BASE = rows("AA11", "BB22")
LIMITS = Limits(entries=10, body_bytes=10_000, reject_share=0.1, urgent_hours=12)
DATES = Dates(NOW - DAY, NOW - DAY, NOW + DAY)
HELD = Held(TOWN, LIST, 5, digest_of(BASE), DATES)
URGENT = row("U1", "CC33", expires=NOW + timedelta(hours=6))


@pytest.fixture(scope="module")
def town() -> Town:
    return Town()


def _full(town: Town, *signers: Identity, **changes: object) -> Bundle:
    bundle = build_full(rows("CC33"), about(6, **changes))
    for signer in signers or (town.issuer,):
        bundle = signed(bundle, signer)
    return bundle


def _refusal(
    bundle: Bundle, town: Town, held: Held = HELD, at: Time | None = None, **limits: float
) -> str:
    limited = replace(LIMITS, **limits)  # type: ignore[arg-type]
    with pytest.raises(BundleRefused) as caught:
        check(bundle, town.roster, held, limited, at or Time(NOW, trusted=True))
    return caught.value.why


def _takes(bundle: Bundle, town: Town, held: Held = HELD, at: Time | None = None) -> bool:
    check(bundle, town.roster, held, LIMITS, at or Time(NOW, trusted=True))
    return True


def test_sound(town: Town) -> None:
    """A signed list of the next sequence is taken, by the first and by every later unit."""
    assert _takes(_full(town), town)
    assert _takes(_full(town), town, Held(TOWN, LIST))


def test_addressed(town: Town) -> None:
    """Another town's and another list's bundles are refused by name."""
    assert _refusal(_full(town), town, replace(HELD, town="elsewhere")) == "town"
    assert _refusal(_full(town), town, replace(HELD, list="state")) == "list"
    moved = changed_header(_full(town), town="elsewhere")
    assert _refusal(moved, town, replace(HELD, town="elsewhere")) == "signature"


def test_signers(town: Town) -> None:
    """No, forged, unknown, revoked, ended and ineligible signatures are refused."""
    bundle = _full(town)
    assert _refusal(replace(bundle, signatures=()), town) == "signature"
    (name, signature), body = bundle.signatures[0], build_full(BASE, about(6))
    assert _refusal(replace(body, signatures=((name, signature),)), town) == "signature"
    assert _refusal(replace(bundle, signatures=(("night-desk", signature),)), town) == "signature"
    assert _refusal(replace(bundle, signatures=bundle.signatures * 2), town) == "signature"
    assert _refusal(_full(town, town.stranger), town) == "signature"
    with pytest.raises(KeysError, match="only a list-issuer"):
        _full(town, town.officer)
    posing = replace(town.officer, role=town.issuer.role)
    assert _refusal(_full(town, posing), town) == "signature"
    late = Time(NOW + 400 * DAY, trusted=True)
    assert _refusal(_full(town, expires=NOW + 500 * DAY), town, at=late) == "signature"


def test_revoked(town: Town) -> None:
    """A revoked issuer is refused whatever date the bundle bears; the control was taken."""
    bundle = _full(town, issued=NOW - 9 * DAY, complete=NOW - 9 * DAY)
    assert _takes(bundle, town)
    town.revoked = ("desk",)
    try:
        assert _refusal(bundle, town) == "signature"
        assert _refusal(bundle, town, at=Time(NOW - 9 * DAY, trusted=False)) == "signature"
    finally:
        town.revoked = ()


@pytest.mark.parametrize("sequence", [4, 5])
def test_replayed(town: Town, sequence: int) -> None:
    """The same sequence again, and an older one, are refused."""
    bundle = signed(build_full(rows("DD44"), about(sequence)), town.issuer)
    assert _refusal(bundle, town) == "older"


def test_far_ahead(town: Town) -> None:
    """No issuer may use up the sequences: by ones or by the seconds of the day, no further."""
    seconds = int(NOW.timestamp())
    for sequence in (7, seconds, seconds + 1_000_000):
        assert _takes(signed(build_full(rows("DD44"), about(sequence)), town.issuer), town)
    far = signed(build_full(rows("DD44"), about(seconds + 1_000_001)), town.issuer)
    assert _refusal(far, town) == "ahead"


def test_issued_in_the_future(town: Town) -> None:
    """A list that claims to be of tomorrow would never grow old: it is refused until then."""
    minute = timedelta(minutes=1)
    assert _takes(_full(town, issued=NOW + 10 * minute), town)
    tomorrow = _full(town, issued=NOW + 11 * minute, complete=NOW + 11 * minute)
    assert _refusal(tomorrow, town) == "early"


def test_base(town: Town) -> None:
    """A delta on another base than the list in force is refused; on its own it is taken."""
    fresh = rows("AA11", "CC33")
    wrong = signed(build_delta(rows("AA11"), fresh, about(6)), town.issuer)
    assert _refusal(wrong, town) == "base"
    right = signed(build_delta(BASE, fresh, about(6)), town.issuer)
    assert _takes(right, town)
    assert _refusal(right, town, Held(TOWN, LIST)) == "base"


def test_dates(town: Town) -> None:
    """A list is refused before its time and from its end on."""
    early = _full(town, valid_from=NOW + timedelta(seconds=1))
    assert _refusal(early, town) == "early"
    assert _takes(early, town, at=Time(NOW + timedelta(seconds=1), trusted=True))
    ended = Time(NOW + DAY, trusted=True)
    assert _refusal(_full(town), town, at=ended) == "expired"


@pytest.mark.parametrize("years", [-56, 40])
def test_clock_not_set(town: Town, years: int) -> None:
    """A clock that is not set refuses nothing and saves nothing; once set, it counts."""
    wild = NOW + years * 365 * DAY
    assert _takes(_full(town), town, at=Time(wild, trusted=False))
    assert _refusal(_full(town), town, at=Time(wild, trusted=True)) in {"signature", "expired"}
    old = replace(HELD, dates=Dates(NOW + 2 * DAY, NOW, NOW + 9 * DAY))
    assert _refusal(_full(town), town, old, Time(wild, trusted=False)) == "expired"


def test_sizes(town: Town) -> None:
    """Too many entries, too many bytes and too many rejects are refused."""
    assert _refusal(_full(town), town, entries=0) == "large"
    assert _refusal(_full(town), town, body_bytes=9) == "large"
    assert _refusal(_full(town, rejects=1), town) == "rejects"


def _urgent(line: str, *signers: Identity, **changes: object) -> Bundle:
    bundle, after = build_urgent(BASE, line, about(6, **changes))
    assert len(after) == 3
    for signer in signers:
        bundle = signed(bundle, signer)
    return bundle


def test_urgent(town: Town) -> None:
    """A lone entry wants two keys, one of them an issuer's, and hours of life."""
    assert _takes(_urgent(URGENT, town.issuer, town.supervisor), town)
    assert _takes(_urgent(URGENT, town.issuer, town.second), town)
    assert _refusal(_urgent(URGENT, town.issuer), town) == "signature"
    long = row("U1", "CC33", expires=NOW + timedelta(hours=12, seconds=1))
    assert _refusal(_urgent(long, town.issuer, town.supervisor), town) == "urgent"
    with pytest.raises(KeysError, match="already"):
        _urgent(URGENT, town.issuer, town.issuer)
    assert _refusal(_urgent(URGENT, town.supervisor, town.deputy), town) == "signature"
    with pytest.raises(KeysError, match="only a"):
        _urgent(URGENT, town.officer)


def test_urgent_is_one_entry(town: Town) -> None:
    """A delta that adds two, or removes one, does not pass as urgent."""
    for fresh in (rows("AA11", "BB22", "CC33", "DD44"), rows("AA11")):
        bundle = build_delta(BASE, fresh, about(6, keys=2))
        bundle = changed_header(bundle, kind=Kind.URGENT)
        for signer in (town.issuer, town.supervisor):
            bundle = signed(bundle, signer)
        assert _refusal(bundle, town) == "urgent"


def test_partial_renews_nothing(town: Town) -> None:
    """An urgent entry and a removal leave the list as old as it was; a delta renews it."""
    urgent = _urgent(URGENT, town.issuer, town.supervisor)
    removal, after = build_recovered(BASE, ["E-AA11"], about(6))
    assert after == BASE[1:]
    assert dates_after(urgent.header, HELD) == dates_after(removal.header, HELD) == DATES
    delta = build_delta(BASE, rows("AA11"), about(6))
    assert dates_after(delta.header, HELD) == Dates(NOW, NOW, NOW + DAY)


def test_again(town: Town) -> None:
    """The bundle of the list in force is known by sequence and rows."""
    bundle = _full(town)
    held = replace(HELD, sequence=6, digest=bundle.header.result)
    assert again(bundle.header, held)
    assert not again(bundle.header, HELD)


def test_seal_wants_all(town: Town) -> None:
    """A bundle is sealed once all have signed, and to units alone."""
    half = _urgent(URGENT, town.issuer)
    assert missing(half) == 1
    with pytest.raises(KeysError, match="1 more"):
        sealed(half, town.roster, NOW)
    with pytest.raises(KeysError, match="no unit"):
        sealed(_full(town), replace(town.roster, parties=()), NOW)


def test_about_is_checked() -> None:
    """Dates that contradict each other are refused at the desk already."""
    with pytest.raises(BundleRefused, match="cannot be built"):
        build_full(BASE, About(TOWN, LIST, 1, NOW, NOW, NOW, NOW))
