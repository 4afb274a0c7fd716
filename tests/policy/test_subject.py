"""A person's request: two keys, an end, and exact text."""

from datetime import timedelta
from typing import Any

import pytest

from edge.errors import KeysError, SubjectError
from edge.keys.parties import to_time
from edge.keys.signed import digest, sign
from edge.policy.subject import (
    LONGEST,
    Request,
    about,
    plate_of,
    read_standing,
    sign_approval,
    sign_request,
    ways,
)
from edge.records import AlertId
from tests.alerts import an_alert, opened, sealed
from tests.fakes import START
from tests.hotlist.bundles import NOW
from tests.keys.cast import ROSTER, TOWN, keys_of

DAY = timedelta(days=1)


def a_request(**changes: Any) -> Request:
    fields = {
        "v": 1,
        "town": TOWN,
        "plate": "AB12345",
        "reference": "26-7",
        "made": to_time(NOW),
        "until": to_time(NOW + 30 * DAY),
    }
    return Request.model_validate({**fields, **changes})


def test_two_keys_make_a_request() -> None:
    """A supervisor's request and an auditor's approval of that very one stand together."""
    signed = sign_request(a_request(), keys_of("sue"))
    approval = sign_approval(signed, keys_of("ada"), ROSTER, NOW)
    one = read_standing(signed, approval, ROSTER, NOW)
    assert (one.number, one.plate, one.reference) == (digest(signed), "AB12345", "26-7")
    assert (one.supervisor, one.auditor) == ("sue", "ada")


def test_one_key_erases_nothing() -> None:
    """Neither an officer's request, nor a supervisor's approval, nor that of another request."""
    signed = sign_request(a_request(), keys_of("sue"))
    approval = sign_approval(signed, keys_of("ada"), ROSTER, NOW)
    with pytest.raises(SubjectError, match="a supervisor signs"):
        sign_request(a_request(), keys_of("dana"))
    other = sign_request(a_request(plate="ZZ99999"), keys_of("sue"))
    with pytest.raises(SubjectError, match="another request"):
        read_standing(other, approval, ROSTER, NOW)
    for name in ("sue", "dana"):
        own = sign(approval.kind, approval.payload, keys_of(name))
        with pytest.raises(KeysError):
            read_standing(signed, own, ROSTER, NOW)
    forced = sign(signed.kind, signed.payload, keys_of("dana"))
    with pytest.raises(KeysError):
        read_standing(forced, approval, ROSTER, NOW)


def test_a_request_ends() -> None:
    """Brought after its end, or made for longer than allowed, it is refused."""
    signed = sign_request(a_request(), keys_of("sue"))
    approval = sign_approval(signed, keys_of("ada"), ROSTER, NOW)
    with pytest.raises(SubjectError, match="ended"):
        read_standing(signed, approval, ROSTER, NOW + 31 * DAY)
    with pytest.raises(SubjectError, match="future"):
        read_standing(signed, approval, ROSTER, NOW - DAY)
    with pytest.raises(SubjectError, match="days are the most"):
        sign_request(a_request(until=to_time(NOW + LONGEST + DAY)), keys_of("sue"))
    foreign = sign_request(a_request(town="elsewhere"), keys_of("sue"))
    with pytest.raises(SubjectError, match="elsewhere"):
        sign_approval(foreign, keys_of("ada"), ROSTER, NOW)


@pytest.mark.parametrize(
    ("typed", "plate"), [("ab 12-345", "AB12345"), (" q·x7 ", "QX7")], ids=["us", "dots"]
)
def test_a_plate_is_taken_as_people_type_it(typed: str, plate: str) -> None:
    """Spaces, dashes and dots do not matter."""
    assert plate_of(typed) == plate


@pytest.mark.parametrize(
    "typed",
    ["", "A", "AB123*5", "AB12345678901", "ÄB1234", "' OR 1=1", "x" * 10_000_000],
    ids=["empty", "short", "part", "long", "umlaut", "quotes", "10 MB"],
)
def test_what_is_no_plate_is_refused(typed: str) -> None:
    """Parts of plates, other alphabets, quotes and ten megabytes are no plate."""
    with pytest.raises(SubjectError, match="no whole plate"):
        plate_of(typed)


def test_exact_text_finds_and_says_how() -> None:
    """The fused read, the raw read and the listed plate are told apart; a neighbour is no find."""
    number = AlertId("bridge-2", "ab" * 16, 1)
    alert = opened(sealed(an_alert("AB12345"), number, 0, START).body).payload
    assert ways("AB12345", alert) == ("read", "raw read", "listed")
    misread = alert.model_copy(update={"read": alert.read.model_copy(update={"text": "AB12346"})})
    assert ways("AB12345", misread) == ("raw read", "listed")
    assert ways("AB12346", misread) == ("read",)
    assert about("AB12346", [alert, misread]) == ("read",)
    assert about("AB12347", [alert, misread]) == ()
