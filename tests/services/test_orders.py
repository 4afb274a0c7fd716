"""Orders where they arrive: what is taken, what is refused, and what a flood cannot do."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from edge.config import load
from edge.delivery.events import Received
from edge.errors import KeysError
from edge.keys import canonical
from edge.keys.crypto import SigningKey
from edge.keys.parties import Revocation, to_time
from edge.keys.roster import Roster, sign_roster
from edge.keys.signed import from_bytes, sign, to_bytes
from edge.keys.trust import open_roster
from edge.messages.order import (
    ORDER_LIMIT,
    Order,
    number_of,
    open_order,
    read_answer,
    seal_order,
)
from edge.policy import grants
from edge.policy.grants import Grant, sign_approval, sign_end, sign_grant
from edge.policy.ledger import Claim, sign_claim, sign_confirmation
from edge.records import Category
from edge.services.corrections import CorrectionFolder
from edge.services.grants import GrantFolder
from edge.services.order_inbox import MOST, OrderFolder, OrderPost
from edge.services.orders import OrderDesk
from tests.fakes import FakeClock
from tests.hotlist.bundles import NOW
from tests.keys.cast import ROSTER, TOWN, keys_folder, keys_of, party_of, root_of, roster_of

DAYS = 90.0
UNIT = "bridge-2"


class Place:
    """A unit's folders, and the post that comes there."""

    def __init__(self, folder: Path, name: str = UNIT) -> None:
        self.clock = FakeClock()
        self.name = name
        self.keys = keys_folder(folder / "keys", name)
        self.corrections = folder / "corrections"
        self.inbox = folder / "inbox"
        self.desk = OrderDesk(self.keys, self.corrections, DAYS, self.clock)
        settings = load([]).settings
        self.post = OrderPost(
            settings.model_copy(
                update={
                    "unit": settings.unit.model_copy(update={"town": TOWN, "name": name}),
                    "hotlist": settings.hotlist.model_copy(update={"inbox": str(self.inbox)}),
                }
            )
        )
        self.folder = OrderFolder(self.inbox / "orders", self.desk, self.clock)

    def take(self, *documents: bytes, to: str = "") -> str:
        """Return what the desk says to documents that were sealed to *to*."""
        order = Order("archive", documents)
        return str(self.desk.take(seal_order(order, party_of(to or self.name))))

    def deliver(self, blob: bytes) -> None:
        """Hand a message to deliver's side."""
        assert self.post.take(Received(self.post.topics[0], blob, 1, retained=False))

    def look(self) -> None:
        self.clock.advance(1.0)
        self.folder.look()

    def waiting(self) -> int:
        return len(list((self.inbox / "orders").glob("*.order")))

    @property
    def roster(self) -> Roster:
        return open_roster(self.keys)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def revoking(name: str, sequence: int = 2) -> bytes:
    """Return a signed roster on which *name* is revoked."""
    gone = Revocation(name, keys_of(name).signing.public, NOW - timedelta(days=1), "stolen")
    return sign_roster(replace(roster_of(sequence=sequence), issued=NOW, revoked=(gone,)), _root())


def _root() -> SigningKey:
    return root_of(TOWN)


def correction(text: str = "AB12346") -> tuple[bytes, bytes]:
    """Return a claim and its confirmation."""
    claim = Claim(
        v=1,
        town=TOWN,
        alert="bridge-2/00/1",
        text=text,
        plate="AB12345",
        entry_id="W-17",
        owner="Windsor PD",
        reason="another car",
        made=to_time(NOW),
        until=to_time(NOW + timedelta(days=30)),
    )
    signed = sign_claim(claim, keys_of("dana"), DAYS, lambda _: False)
    confirmed, _ = sign_confirmation(signed, keys_of("sue"), ROSTER, NOW, DAYS, lambda _: False)
    return to_bytes(signed), to_bytes(confirmed)


def granted() -> tuple[bytes, bytes, bytes]:
    """Return a grant, its approval and its end."""
    grant = Grant(
        v=1,
        town=TOWN,
        who="bristol-pd",
        categories=[Category.STOLEN_VEHICLE],
        why="agreement 12",
        since=to_time(NOW),
        until=to_time(NOW + timedelta(days=30)),
    )
    signed = sign_grant(grant, keys_of("sue"))
    approval = sign_approval(signed, keys_of("ada"), ROSTER, NOW)
    ended = sign_end(signed, keys_of("sue"), "over", NOW)
    return to_bytes(signed), to_bytes(approval), to_bytes(ended)


def test_a_stolen_units_revocation_is_taken(place: Place):
    """A newer roster of the root is in force at once; again it changes nothing, older never."""
    blob = revoking("main-street")
    assert place.take(blob) == "taken: roster 2"
    assert place.roster.revocation(party_of("main-street")) is not None
    assert place.take(blob) == "taken: roster 2"
    assert "plays an old roster back" in place.take(sign_roster(ROSTER, _root()))
    assert place.roster.sequence == 2


def test_a_correction_and_a_grant_are_taken_and_stand(place: Place):
    """Two people's signatures arrive together; the unit's folders then hold what stands."""
    assert place.take(*correction()).startswith("taken: correction ")
    found = CorrectionFolder(place.corrections, lambda: place.roster, DAYS).read(NOW)
    assert [one.text for one in found.standing] == ["AB12346"]
    grant, approval, ended = granted()
    assert place.take(grant, approval).startswith("taken: grant ")
    folder = GrantFolder(place.keys / "grants")
    assert [one.who for one in folder.read(ROSTER, NOW).standing] == ["bristol-pd"]
    assert place.take(ended).startswith("taken: end of grant ")
    assert folder.read(ROSTER, NOW).standing == ()
    assert "was ended" in place.take(grant, approval)


def test_a_correction_that_would_silence_a_listed_plate_is_refused(place: Place):
    """What a console, which has no list, could not know, the unit does; no plate is told.

    Control: with another plate on the list it is taken.
    """
    order = seal_order(Order("archive", correction("AB12346")), party_of(UNIT))
    for listed, said in (("AB12346", "refused"), ("AB12345", "taken")):
        desk = OrderDesk(
            place.keys, place.corrections, DAYS, place.clock, lambda text, one=listed: text == one
        )
        taken = desk.take(order)
        assert taken.taken is (said == "taken")
        assert place.corrections.exists() is taken.taken
        if not taken.taken:
            assert "would silence a listed plate" in str(taken)
            assert "AB12346" not in str(taken)


def test_the_roster_of_an_order_counts_for_what_is_beside_it(place: Place):
    """A correction of an officer who is revoked by the same order does not hold."""
    said = place.take(revoking("dana"), *correction())
    assert "was revoked" in said
    assert place.roster.sequence == 2
    assert not place.corrections.exists()


FORGED: dict[str, Callable[[], tuple[bytes, ...]]] = {
    "is not signed by the root": lambda: (
        sign_roster(replace(ROSTER, sequence=9), SigningKey.make()),
    ),
    "another roster with the number": lambda: (
        sign_roster(replace(ROSTER, issued=ROSTER.issued + timedelta(days=1)), _root()),
    ),
    "lacks the correction-confirmation": lambda: correction()[:1],
    "lacks the correction ": lambda: correction()[1:],
    "lacks the grant-approval": lambda: granted()[:1],
    "the correction does not hold": lambda: (correction()[0], correction("ZZ98765")[1]),
    "approval is of another grant": lambda: (
        to_bytes(sign_grant(_read(granted()[0]).model_copy(update={"why": "x"}), keys_of("sue"))),
        granted()[1],
    ),
    "only auditor or supervisor signs it": lambda: (
        to_bytes(sign(grants.END, _payload(granted()[2]), keys_of("dana"))),
    ),
    "two documents of the kind": lambda: (correction()[0], correction("ZZ98765")[0]),
    "does not know": lambda: (b"noise",),
}


def _read(blob: bytes) -> Grant:
    return canonical.read(Grant, _payload(blob, grants.GRANT), "a grant")


def _payload(blob: bytes, kind: str = grants.END) -> bytes:
    return from_bytes(blob, "a document", kind).payload


@pytest.mark.parametrize("why", FORGED)
def test_what_lacks_the_right_signatures_is_refused(place: Place, why: str):
    """Whoever sends it: without the root's or two people's keys nothing changes."""
    before = (place.keys / "roster").read_bytes()
    said = place.take(*FORGED[why]())
    assert said.startswith("refused: ")
    assert why in said
    assert (place.keys / "roster").read_bytes() == before
    assert not place.corrections.exists()
    assert GrantFolder(place.keys / "grants").read(ROSTER, NOW).standing == ()


def test_a_refusal_names_no_plate(place: Place):
    """Health travels in the clear: a correction's own words are for the journal alone."""
    claim, _ = correction()
    said = place.take(claim, correction("ZZ98765")[1])
    assert said.startswith("refused: ")
    assert not {"AB12345", "AB12346", "ZZ98765"} & set(said.replace(":", " ").split())


def test_an_order_for_somebody_else_is_noise(place: Place):
    """Sealed to another unit, cut, changed or large: it is not opened, and nobody waits for it."""
    good = seal_order(Order("archive", (revoking("main-street"),)), party_of(UNIT))
    for blob in (
        seal_order(Order("archive", (revoking("main-street"),)), party_of("main-street")),
        good[:-1],
        good[:-40] + bytes(40),
        b"noise",
        bytes(ORDER_LIMIT + 1),
    ):
        taken = place.desk.take(blob)
        assert (taken.number, taken.taken) == ("", False)
        assert taken.sentence.startswith("refused: ")
    assert place.roster.sequence == 1


def test_too_large_an_order_is_not_made():
    """What no unit would take is refused where it would be sent."""
    with pytest.raises(KeysError, match="bring them by hand"):
        seal_order(Order("archive", (bytes(ORDER_LIMIT),)), party_of(UNIT))


def test_numbers_are_the_documents(place: Place):
    """The same documents have one number, whoever sends them to whom; others have another."""
    claim, confirmed = correction()
    orders = [
        open_order(seal_order(Order(sender, (claim, confirmed)), party_of(UNIT)), keys_of(UNIT))
        for sender in ("archive", "car-12")
    ]
    assert orders[0].number == orders[1].number == number_of([claim, confirmed])
    assert number_of([confirmed, claim]) != orders[0].number
    assert place.waiting() == 0


def test_a_flood_is_bounded_and_the_order_comes_again(place: Place):
    """Noise fills the folder and no more; watch clears it, and what is sent again is taken."""
    for number in range(5 * MOST):
        place.deliver(b"noise %d" % number)
    assert place.waiting() == MOST
    assert place.post.dropped == 4 * MOST
    good = seal_order(Order("archive", (revoking("main-street"),)), party_of(UNIT))
    place.deliver(good)
    assert "send it again" in place.post.problem
    for _ in range(MOST):
        place.look()
    assert place.waiting() == 0
    place.deliver(good)
    assert place.post.problem == ""
    place.look()
    assert place.roster.sequence == 2
    assert [(one.taken, one.sentence) for one in place.folder.told] == [(True, "taken: roster 2")]


def test_ten_megabytes_are_dropped_unwritten(place: Place):
    """What is larger than any order never reaches the disk."""
    place.deliver(bytes(10_000_000))
    assert "was dropped" in place.post.problem
    assert not (place.inbox / "orders").exists()


def test_word_of_orders_survives_a_restart(place: Place):
    """Watch starts anew: health still says what became of the last orders, refused or taken."""
    for document in (revoking("main-street"), revoking("dana")):
        place.deliver(seal_order(Order("archive", (document,)), party_of(UNIT)))
        place.look()
    again = OrderFolder(place.inbox / "orders", place.desk, place.clock)
    assert [one.taken for one in again.told] == [True, False]
    assert again.told == place.folder.told
    (place.inbox / "orders" / "told.json").write_text("{")
    assert OrderFolder(place.inbox / "orders", place.desk, place.clock).told == ()


def test_an_order_that_was_cut_short_by_the_ignition_is_taken_at_the_next_start(place: Place):
    """It lies whole in the folder before the broker is told; taking it twice changes nothing."""
    place.deliver(seal_order(Order("archive", (revoking("main-street"),)), party_of(UNIT)))
    kept = next((place.inbox / "orders").glob("*.order")).read_bytes()
    place.look()
    place.deliver(kept)  # as if watch had died before it took the file away
    OrderFolder(place.inbox / "orders", place.desk, place.clock).look()
    assert place.roster.sequence == 2
    assert place.waiting() == 0


def test_a_console_answers_with_its_own_key(tmp_path: Path):
    """Its word goes to whoever sent the order, and another's key makes no such word."""
    car = Place(tmp_path, "car-12")
    sent = Order("archive", (revoking("main-street"),))
    where, blob = car.desk.answer(car.desk.take(seal_order(sent, party_of("car-12"))))
    assert where == f"edge/v1/{TOWN}/archive/receipt"
    answer = read_answer(blob, ROSTER, NOW)
    assert (answer.name, answer.number, answer.taken) == ("car-12", sent.number, True)
    forged = blob.replace(b'"signer":"car-12"', b'"signer":"car-13"')
    with pytest.raises(KeysError):
        read_answer(forged, ROSTER, NOW)


def test_without_a_folder_for_corrections_the_unit_says_so(place: Place):
    """policy.corrections is empty: the sender reads which setting is missing."""
    desk = OrderDesk(place.keys, None, DAYS, place.clock)
    said = str(desk.take(seal_order(Order("archive", correction()), party_of(UNIT))))
    assert "policy.corrections" in said
