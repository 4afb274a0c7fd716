"""Bundles changed at random are refused, every one; what a unit has is not touched."""

import random
import zlib
from collections import Counter
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

from edge.errors import BundleRefused
from edge.hotlist.bundle import Bundle, Kind, compress, pack, unpack
from edge.hotlist.bundle_build import build_delta, build_full, signed
from edge.keys.sealed import open_sealed, seal
from tests.hotlist.bundles import DAY, NOW, about, changed_header, rows
from tests.services.installing import Stage

OLD = rows("AA11", "BB22")
NEW = rows(*(f"BB{number}" for number in range(22, 60)))
COUNT = 1000


def _mutate(blob: bytes, other: bytes, chance: random.Random) -> bytes:
    """Flip, overwrite, cut, lengthen, splice, repeat, swap or take out bytes."""
    at, end = sorted(chance.sample(range(len(blob) + 1), 2))
    way = chance.randrange(8)
    if way == 0:
        body = bytearray(blob)
        for _ in range(chance.randint(1, 4)):
            body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
        return bytes(body)
    if way == 1:
        return blob[:at] + chance.randbytes(end - at) + blob[end:]
    if way == 2:
        return blob[:at]
    if way == 3:
        return blob + chance.randbytes(chance.randint(1, 40))
    if way == 4:
        return blob[:at] + other[at:]
    if way == 5:
        return blob[:end] + blob[at:]
    if way == 6:
        return blob[end:] + blob[at:end] + blob[:at]
    return blob[:at] + blob[end:]


HEADERS: list[Callable[[random.Random], dict[str, object]]] = [
    lambda chance: {"sequence": chance.randint(7, 10**6)},
    lambda chance: {"expires": NOW + chance.randint(2, 900) * DAY},
    lambda chance: {"issued": NOW - chance.randint(1, 900) * DAY, "complete": NOW - 901 * DAY},
    lambda chance: {"valid_from": NOW - chance.randint(1, 900) * DAY},
    lambda chance: {"result": chance.randbytes(32).hex()},
    lambda chance: {"base": chance.randbytes(32).hex(), "kind": Kind.DELTA},
    lambda chance: {"entries": chance.randint(0, 37)},
    lambda chance: {"rejects": chance.randint(1, 9)},
    lambda chance: {"body_bytes": chance.randint(0, 10**9)},
    lambda _: {"keys": 2},
    lambda chance: {"town": f"ashfor{chance.choice('abcde')}"},
    lambda chance: {"list": f"tow{chance.choice('abcde')}"},
]


def _inner(bundle: Bundle, other: Bundle, chance: random.Random) -> bytes:
    """Change what is under the seal, which anybody can make again: header, rows, signatures."""
    way = chance.randrange(4)
    if way == 0:
        return pack(changed_header(bundle, **chance.choice(HEADERS)(chance)))
    if way == 1:
        kept = [line for line in NEW if chance.random() < 0.9]
        body, size = compress(kept[:-1])
        swapped = Bundle(bundle.header, bundle.signatures, b"", body)
        return pack(changed_header(swapped, body_bytes=size))
    if way == 2:
        names = ["desk", "night-desk", "sergeant", "elm-street", "", "root"]
        signature = chance.choice([chance.randbytes(64), other.signatures[0][1], bytes(64)])
        signatures = [(chance.choice(names), signature), *bundle.signatures]
        count = chance.randint(0, 2)
        mixed = tuple(chance.sample(signatures, count)) if count else ()
        if mixed == bundle.signatures:
            mixed = (*mixed, *mixed)
        return pack(Bundle(bundle.header, mixed, bundle.payload, bundle.body))
    return _mutate(pack(bundle), pack(other), chance)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    made = Stage(tmp_path)
    made.installer.install(made.town.full(5, "AA11", "BB22"))
    return made


def _thousand(mutate: Callable[[], bytes], sound: set[bytes]) -> list[bytes]:
    """Return a thousand changed bundles; a change that changes nothing is none."""
    changed = (mutate() for _ in range(2 * COUNT))
    return list(islice((blob for blob in changed if blob not in sound), COUNT))


def _refusals(stage: Stage, blobs: list[bytes], sound: bytes) -> Counter[str]:
    """Install all, none of which may pass, and then the one that must."""
    before = stage.files()
    why: Counter[str] = Counter()
    for number, blob in enumerate(blobs):
        assert blob != sound
        with pytest.raises(BundleRefused) as caught:
            stage.installer.install(blob)
        why[caught.value.why] += 1
        assert stage.files() == before, f"mutation {number} changed what is in force"
    assert why.total() == COUNT
    assert stage.plates() == ["AA11", "BB22"]
    assert stage.installer.install(sound).sequence == 6
    assert len(stage.plates()) == len(NEW)
    return why


def test_sealed_bundles_changed(stage: Stage) -> None:
    """1,000 changes of the bytes on the way are refused; unchanged, the bundle is taken."""
    chance = random.Random(1)
    sound = stage.town.send(build_full(NEW, about(6)))
    other = stage.town.send(build_full(rows("DD44"), about(7)))
    blobs = _thousand(lambda: _mutate(sound, other, chance), {sound, other})
    why = _refusals(stage, blobs, sound)
    assert set(why) == {"sealed"}


def test_changed_and_sealed_again(stage: Stage) -> None:
    """1,000 changes under the seal, sealed again for the unit, are refused for their signature."""
    chance = random.Random(2)
    town = stage.town
    sound = signed(build_full(NEW, about(6)), town.issuer)
    other = signed(build_delta(OLD, NEW, about(7)), town.issuer)
    unit = [town.unit.party(NOW - DAY, NOW + DAY)]
    inner = _thousand(lambda: _inner(sound, other, chance), {pack(sound), pack(other)})
    blobs = [seal("hotlist-bundle", blob, unit) for blob in inner]
    why = _refusals(stage, blobs, town.force(sound))
    assert why["signature"] > 400
    assert set(why) <= {"signature", "format", "town", "list", "content"}


def test_seal_is_what_refused(stage: Stage) -> None:
    """The control: opened and sealed again without a change, the same bundle is taken."""
    sound = stage.town.send(build_full(NEW, about(6)))
    plain = open_sealed("hotlist-bundle", sound, stage.town.unit)
    assert unpack(plain).header.sequence == 6
    assert stage.installer.install(stage.town.force(unpack(plain))).sequence == 6


def test_signature_is_what_refused(stage: Stage) -> None:
    """The control: the same changes of a header, signed anew by the issuer, are taken."""
    bundle = changed_header(build_full(NEW, about(6)), sequence=9)
    assert stage.refusal(stage.town.force(bundle)) == "signature"
    assert stage.installer.install(stage.town.send(bundle)).sequence == 9


def test_signed_bomb(stage: Stage) -> None:
    """Even an issuer's own bundle that unfolds to more than announced is refused."""
    bundle = build_full(NEW, about(6))
    bomb = Bundle(bundle.header, (), b"", zlib.compress(b"\n" * 100_000_000, 9))
    assert stage.refusal(stage.town.send(changed_header(bomb))) == "large"
    huge = changed_header(bomb, body_bytes=2**40)
    assert stage.refusal(stage.town.send(huge)) == "large"
