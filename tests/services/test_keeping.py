"""Holds, misreads and persons' requests as orders at a unit: taken, refused, without a plate."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge.keys.parties import Revocation
from edge.keys.signed import digest, sign, to_bytes
from edge.messages.order import Order, seal_order
from edge.messages.outcome import AlertRef, build_outcome
from edge.policy.holds import sign_end, sign_hold
from edge.policy.subject import sign_approval, sign_request
from edge.records import AlertId
from edge.services.keeping import unit_takers
from edge.services.orders import OrderDesk
from edge.store import Store, open_store
from tests.alerts import UNIT, an_alert, sealed, store_section
from tests.fakes import START, FakeClock
from tests.hotlist.bundles import NOW
from tests.keys.cast import ROSTER, keys_folder, keys_of, party_of, put_roster, roster_of
from tests.policy.test_holds import a_hold
from tests.policy.test_misreads import NUMBER, said
from tests.policy.test_subject import a_request
from tests.store.test_retention import _receive_all


class Place:
    """A unit with its store and its desk for orders."""

    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock(START)
        self.clock.advance(NOW.timestamp() - START.utc_ns / 1e9)
        self.keys = keys_folder(folder / "keys", UNIT.name)
        self.store: Store = open_store(store_section(folder / "store"), UNIT.name, self.clock)
        takers = unit_takers(self.store, keys_of(UNIT.name), None, self.clock)
        self.desk = OrderDesk(self.keys, None, 90.0, self.clock, takers=takers)

    def take(self, *documents: bytes) -> str:
        order = Order("dispatch", documents)
        return str(self.desk.take(seal_order(order, party_of(UNIT.name))))

    def hit(self, text: str = "AB12345") -> AlertId:
        alert_id = self.store.commit_alert(an_alert(text), sealed, keep_days=30.0)
        _receive_all(self.store, self.clock)
        return alert_id

    def held(self) -> list[AlertId]:
        return [alert_id for alert_id, _, _ in self.store.newest_alerts(99)]

    def kinds(self) -> list[str]:
        return [link.kind for link in self.store.audit.links()]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.store.close()


def misread_of(alert: AlertId, officer: str = "dana", signer: str = "") -> bytes:
    """Return an officer's signed outcome on an alert, as an order carries it."""
    ref = AlertRef(unit=alert.unit, epoch=alert.epoch, sequence=alert.sequence, revision=0)
    words = build_outcome(UNIT.town, NUMBER, 0, said(officer=officer, alert=ref))
    return to_bytes(sign("verdict", words, keys_of(signer or officer)))


def hold_of(alert: AlertId) -> bytes:
    return to_bytes(sign_hold(a_hold(alert=str(alert)), keys_of("sue")))


def request_of(plate: str) -> tuple[bytes, bytes]:
    signed = sign_request(a_request(plate=plate), keys_of("sue"))
    return to_bytes(signed), to_bytes(sign_approval(signed, keys_of("ada"), ROSTER, NOW))


def test_a_misread_brought_as_an_order_is_purged_here(place: Place) -> None:
    """The letter is gone, its neighbour stays, and the same order again changes nothing."""
    misread, other = place.hit(), place.hit()
    said_first = place.take(misread_of(misread))
    assert said_first == f"taken: misread {NUMBER}: purged"
    assert place.take(misread_of(misread)) == said_first
    assert place.held() == [other]
    assert place.kinds().count("purged") == 1
    place.store.check()


def test_no_forged_misread_purges(place: Place) -> None:
    """Signed by a machine, by another officer than it names, or by a revoked one: all stays."""
    alert = place.hit()
    for signer in ("car-12", "archive", "ada", "erin"):
        assert place.take(misread_of(alert, signer=signer)).startswith("refused: ")
    gone = Revocation("dana", keys_of("dana").signing.public, NOW, "stolen")
    put_roster(place.keys, replace(roster_of(sequence=2), issued=NOW, revoked=(gone,)))
    assert "stolen" in place.take(misread_of(alert))
    assert place.held() == [alert]
    assert "purged" not in place.kinds()


def test_another_units_misread_touches_nothing(place: Place) -> None:
    """An alert of another unit, another epoch, or never given here is taken for nothing of ours."""
    alert = place.hit()
    others = [
        AlertId("main-street", alert.epoch, alert.sequence),
        AlertId(alert.unit, "0" * 32, alert.sequence),
        AlertId(alert.unit, alert.epoch, 99),
    ]
    for other in others:
        assert "nothing of it is kept here" in place.take(misread_of(other))
    assert (place.held(), "purged" in place.kinds()) == ([alert], False)


def test_a_hold_comes_as_an_order_and_goes_before_purge_and_request(place: Place) -> None:
    """While a case holds it neither a misread nor a request erases it; afterwards it goes."""
    alert = place.hit()
    number = digest(sign_hold(a_hold(alert=str(alert)), keys_of("sue")))
    assert f"hold {number[:12]} until" in place.take(hold_of(alert))
    assert place.take(hold_of(alert)).endswith("known already")
    assert "a case holds it" in place.take(misread_of(alert))
    assert "0 erased, 1 held back by cases until" in place.take(*request_of("AB12345"))
    place.store.erase(place.clock.now())
    assert place.held() == [alert]
    end = sign_end(number, keys_of("ada"), "closed", NOW)
    assert place.take(to_bytes(end)) == f"taken: end of hold {number[:12]}"
    place.store.erase(place.clock.now())
    assert place.held() == []
    assert "known already" in place.take(hold_of(alert))
    assert place.store.holds.standing() == []


def test_a_hold_on_what_is_gone_says_so(place: Place) -> None:
    """Whoever holds what has been erased already is told that nothing of it is kept here."""
    alert = place.hit()
    place.take(misread_of(alert))
    assert place.take(hold_of(alert)).endswith("; nothing of it is kept here now")


def test_a_hold_by_an_officer_holds_nothing(place: Place) -> None:
    """A supervisor's key holds; another's word is refused."""
    alert = place.hit()
    payload = sign_hold(a_hold(alert=str(alert)), keys_of("sue")).payload
    assert place.take(to_bytes(sign("hold", payload, keys_of("dana")))).startswith("refused: ")
    assert place.store.holds.standing() == []


def test_a_person_s_request_erases_by_exact_text(place: Place) -> None:
    """All that the plate names goes, what another plate names stays, and no plate is told."""
    mine, other = place.hit("AB12345"), place.hit("QX7R2ZK")
    place.hit("AB12345")
    answer = place.take(*request_of("AB12345"))
    assert answer.startswith("taken: request ")
    assert answer.endswith(": 2 erased")
    assert place.held() == [other]
    assert place.take(*request_of("AB12345")).endswith(": 0 erased")
    number = place.kinds().index("subject") + 1
    row = place.store.audit.payload(number)
    assert row is not None
    assert (row["act"], row["items"], row["signers"]) == ("erased", 2, ["sue", "ada"])
    assert "AB12345" not in f"{answer} {row}"
    assert mine not in place.held()
    place.store.check()


def test_one_key_erases_nothing_here(place: Place) -> None:
    """A request without its approval, or with an officer's, is refused without a plate."""
    alert = place.hit()
    request, approval = request_of("AB12345")
    for documents in ((request,), (approval,)):
        answer = place.take(*documents)
        assert "is missing: one key alone erases nothing" in answer
        assert "AB12345" not in answer
    assert place.held() == [alert]


def test_no_byte_of_the_store_holds_what_was_erased(tmp_path: Path) -> None:
    """Neither database nor log holds the letter's bytes after an order; before, the search does."""
    place = Place(tmp_path)
    try:
        misread, asked = place.hit("AB12345"), place.hit("QX7R2ZK")
        bodies = [letter.body[40:200] for _, _, letter in place.store.newest_alerts(9)]
        assert all(_in_files(tmp_path / "store", body) for body in bodies)
        place.take(misread_of(misread))
        assert not _in_files(tmp_path / "store", bodies[0])
        assert _in_files(tmp_path / "store", bodies[1])
        place.take(*request_of("QX7R2ZK"))
        assert not any(_in_files(tmp_path / "store", body) for body in bodies)
        assert asked not in place.held()
    finally:
        place.store.close()


def _in_files(folder: Path, part: bytes) -> bool:
    return any(part in file.read_bytes() for file in folder.iterdir() if file.is_file())
