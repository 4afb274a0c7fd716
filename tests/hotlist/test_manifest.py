"""What is offered, what is kept, and which of it a unit loads."""

from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import EdgeError, HotlistError
from edge.hotlist.bundle import Kind
from edge.hotlist.bundle_check import Held
from edge.hotlist.manifest import Manifest, Offer, plan, publish, read, to_be_signed, write
from edge.keys.signed import from_bytes, sign, to_bytes
from tests.hotlist.bundles import LIST, NOW, TOWN, Town

MB = 1_000_000


def name(number: int) -> str:
    """Return the digest of rows number *number*."""
    return f"{number:064x}"


def an_offer(sequence: int, base: int | None, result: int, size: int = 100) -> Offer:
    return Offer(
        kind=Kind.FULL if base is None else Kind.DELTA,
        sequence=sequence,
        base=None if base is None else name(base),
        result=name(result),
        digest=name(1000 + sequence),
        bytes=size,
        url=f"{LIST}-{sequence}-0.bundle",
    )


def held(sequence: int = 0, result: int | None = None) -> Held:
    return Held(TOWN, LIST, sequence, "" if result is None else name(result))


def manifest(*offers: Offer, number: int = 1, town: str = TOWN) -> Manifest:
    return to_be_signed(town, LIST, number, NOW, offers)


def numbers(offers: tuple[Offer, ...]) -> list[int]:
    return [one.sequence for one in offers]


def test_what_is_written_is_read():
    """A manifest comes back as it was signed."""
    town = Town()
    made = manifest(an_offer(1, None, 1), an_offer(2, 1, 2))
    assert read(write(made, town.issuer), "it", TOWN, town.roster, NOW) == made


def test_every_changed_byte_is_refused():
    """No byte of a signed manifest can be changed; unchanged it is taken."""
    town = Town()
    blob = write(manifest(an_offer(1, None, 1)), town.issuer)
    for at in range(len(blob)):
        with pytest.raises(EdgeError):
            read(blob[:at] + bytes([blob[at] ^ 4]) + blob[at + 1 :], "it", TOWN, town.roster, NOW)
    assert read(blob, "it", TOWN, town.roster, NOW).sequence == 1


def test_roles_revocation_and_kind_count():
    """An officer's, a revoked issuer's or another kind of document is no manifest."""
    town = Town()
    blob = write(manifest(), town.issuer)
    payload = from_bytes(blob, "it", "list-manifest").payload
    by_officer = to_bytes(sign("list-manifest", payload, town.officer))
    with pytest.raises(EdgeError, match="only list-issuer signs it"):
        read(by_officer, "it", TOWN, town.roster, NOW)
    with pytest.raises(EdgeError, match="kind list-manifest is wanted"):
        read(to_bytes(sign("hotlist-bundle", payload, town.issuer)), "it", TOWN, town.roster, NOW)
    with pytest.raises(HotlistError, match="only a list-issuer"):
        write(manifest(), town.officer)
    town.revoked = ("desk",)
    with pytest.raises(EdgeError, match="revoked"):
        read(blob, "it", TOWN, town.roster, NOW)


def test_dates_and_towns_count():
    """One from the future, of a number far ahead or of another town is refused."""
    town = Town()
    blob = write(manifest(), town.issuer)
    with pytest.raises(HotlistError, match="yet to come"):
        read(blob, "it", TOWN, town.roster, NOW - timedelta(hours=1))
    assert read(blob, "it", TOWN, town.roster, None).town == TOWN  # a clock that is not set
    ahead = write(manifest(number=2**52), town.issuer)
    with pytest.raises(HotlistError, match="far ahead"):
        read(ahead, "it", TOWN, town.roster, NOW)
    with pytest.raises(HotlistError, match="is of the town"):
        read(blob, "it", "windsor", town.roster, NOW)


@pytest.mark.parametrize(
    "url", ["../x.bundle", "/x.bundle", "https://else/x", "a//b", "a/../b", "a..b", "", "a?b"]
)
def test_no_url_leads_away(url: str):
    """A name on the server stays below the manifest's folder."""
    with pytest.raises(ValueError, match="url"):
        Offer.model_validate({**an_offer(1, None, 1).model_dump(), "url": url})


def test_the_plan_is_the_cheapest_way():
    """Deltas where the base is in force, else the full list and what follows it."""
    offers = (
        an_offer(1, None, 1, 1000),
        an_offer(2, 1, 2, 10),
        an_offer(3, None, 2, 1000),
        an_offer(4, 2, 3, 10),
    )
    assert numbers(plan(offers, held(1, 1), MB).offers) == [2, 4]
    assert numbers(plan(offers, held(), MB).offers) == [3, 4]
    assert numbers(plan(offers[1:], held(), MB).offers) == [3, 4]
    assert numbers(plan(offers, held(3, 2), MB).offers) == [4]
    assert plan(offers, held(4, 3), MB) == plan((), held(), MB)
    assert numbers(plan(offers, held(2, 77), MB).offers) == [3, 4]


def test_what_cannot_be_had_is_said():
    """No way to the newest list is a sentence, and the best that can be had is loaded."""
    offers = (an_offer(1, None, 1), an_offer(2, 7, 8))
    chosen = plan(offers, held(), MB)
    assert (numbers(chosen.offers), "changes a list that this unit has not" in chosen.problem) == (
        [1],
        True,
    )
    large = plan((an_offer(1, None, 1, 2 * MB),), held(), MB)
    assert (large.offers, "larger than hotlist.max_bundle_mb" in large.problem) == ((), True)
    again = plan(offers[:1], held(), MB, {name(1001)})
    assert (again.offers, "refused here" in again.problem) == ((), True)


def test_the_same_rows_under_two_numbers_are_no_problem():
    """A unit with the full list needs not the delta to the same rows, and complains of nothing."""
    offers = (an_offer(1, None, 2), an_offer(2, 1, 2))
    assert plan(offers, held(1, 2), MB) == plan((), held(), MB)


lists = st.integers(0, 4)
some_offers = st.lists(
    st.tuples(st.none() | lists, lists, st.integers(1, 1000)), min_size=1, max_size=5
).map(lambda found: [an_offer(n, *one) for n, one in enumerate(found, 1)])


@given(offers=some_offers, now=st.none() | lists)
def test_the_plan_against_all_ways_there_are(offers: list[Offer], now: int | None):
    """Each step has its base, and no other order of files is newer, or as new and smaller."""
    have = held(0, now)
    best = (0, 0)
    for length in range(1, len(offers) + 1):
        for way in permutations(offers, length):
            steps = zip((have.digest, *(one.result for one in way)), way, strict=False)
            rising = numbers(way) == sorted(numbers(way))
            if rising and all(one.base in {None, before} for before, one in steps):
                best = max(best, (way[-1].sequence, -sum(one.bytes for one in way)))
    chosen = plan(offers, have, MB).offers
    found = (chosen[-1].sequence, -sum(one.bytes for one in chosen)) if chosen else (0, 0)
    assert found == best


def test_publishing_keeps_what_older_units_need():
    """The newest full list and all since stay, with the older changes that lead there."""
    old = manifest(an_offer(1, None, 1), an_offer(2, 1, 2), an_offer(3, 8, 9), an_offer(4, 2, 3))
    new = publish(old, manifest(an_offer(5, None, 3), an_offer(6, 3, 4), number=2), 60)
    assert numbers(new.bundles) == [2, 4, 5, 6]
    assert numbers(publish(new, manifest(number=3), 3).bundles) == [4, 5, 6]
    assert numbers(publish(new, manifest(number=3), 1).bundles) == [5, 6]
    with pytest.raises(HotlistError, match="folder of its own"):
        publish(old, manifest(town="windsor"), 60)
