"""Who may hold an alert for a case, for how long, and who ends that."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from edge.errors import HoldError, KeysError
from edge.keys.parties import Revocation, to_time
from edge.keys.signed import digest, sign
from edge.policy.holds import HOLD, LONGEST, Hold, read_end, read_hold, sign_end, sign_hold
from tests.hotlist.bundles import NOW
from tests.keys.cast import ROSTER, TOWN, keys_of, roster_of

ALERT = f"bridge-2/{'ab' * 16}/17"
DAY = timedelta(days=1)


def a_hold(**changes: Any) -> Hold:
    fields = {
        "v": 1,
        "town": TOWN,
        "alert": ALERT,
        "case": "26-114",
        "why": "hit and run",
        "made": to_time(NOW),
        "until": to_time(NOW + 30 * DAY),
    }
    return Hold.model_validate({**fields, **changes})


def test_a_supervisor_holds_one_alert_for_a_case() -> None:
    """What is read back is what was signed, under the number of the document."""
    signed = sign_hold(a_hold(), keys_of("sue"))
    one = read_hold(signed, ROSTER, NOW)
    assert (one.number, one.alert, one.case) == (digest(signed), ALERT, "26-114")
    assert (one.until, one.supervisor) == (to_time(NOW + 30 * DAY), "sue")


@pytest.mark.parametrize("name", ["dana", "ada", "archive", "car-12"])
def test_nobody_else_holds(name: str) -> None:
    """An officer, an auditor or a machine signs none; what they sign all the same is refused."""
    with pytest.raises(HoldError, match="a supervisor signs a hold"):
        sign_hold(a_hold(), keys_of(name))
    forced = sign(HOLD, sign_hold(a_hold(), keys_of("sue")).payload, keys_of(name))
    with pytest.raises(KeysError):
        read_hold(forced, ROSTER, NOW)


def test_a_hold_ends_within_years() -> None:
    """One without a near end, or that ends before it begins, is not signed."""
    sign_hold(a_hold(until=to_time(NOW + LONGEST)), keys_of("sue"))
    for days in (LONGEST + DAY, -DAY):
        with pytest.raises(HoldError):
            sign_hold(a_hold(until=to_time(NOW + days)), keys_of("sue"))


def test_a_hold_counts_in_its_town_and_time() -> None:
    """Another town's, one that is over, one dated ahead and one by a revoked key are refused."""
    signed = sign_hold(a_hold(), keys_of("sue"))
    with pytest.raises(HoldError, match="ended"):
        read_hold(signed, ROSTER, NOW + 30 * DAY)
    with pytest.raises(HoldError, match="future"):
        read_hold(signed, ROSTER, NOW - DAY)
    with pytest.raises(HoldError, match="elsewhere"):
        read_hold(sign_hold(a_hold(town="elsewhere"), keys_of("sue")), ROSTER, NOW)
    gone = Revocation("sue", keys_of("sue").signing.public, NOW, "stolen")
    with pytest.raises(KeysError, match="stolen"):
        read_hold(signed, replace(roster_of(), revoked=(gone,)), NOW)


@pytest.mark.parametrize("name", ["sue", "ada"])
def test_supervisor_and_auditor_each_end_it(name: str) -> None:
    """One key ends a hold; who did is known."""
    end = sign_end("a" * 64, keys_of(name), "the case is closed", NOW)
    assert read_end(end, ROSTER, NOW) == ("a" * 64, name)


def test_an_officer_ends_no_hold() -> None:
    """To end is for supervisors and auditors."""
    with pytest.raises(HoldError, match="ends a hold"):
        sign_end("a" * 64, keys_of("dana"), "why", NOW)
    end = sign_end("a" * 64, keys_of("sue"), "why", NOW)
    with pytest.raises(KeysError):
        read_end(sign(end.kind, end.payload, keys_of("dana")), ROSTER, NOW)


@pytest.mark.parametrize("alert", ["AB12345", "bridge-2/17", f"bridge-2/{'ab' * 16}/0", "../x/1"])
def test_only_a_number_of_an_alert_can_be_held(alert: str) -> None:
    """A plate, or anything else that is no number, makes no hold."""
    with pytest.raises(ValidationError):
        a_hold(alert=alert)
