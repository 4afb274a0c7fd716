"""Which signed words erase an alert, and when officers' words do not agree."""

from dataclasses import replace
from typing import Any

import pytest

from edge.errors import KeysError, MessageError
from edge.keys.parties import Revocation
from edge.keys.signed import Signed, sign
from edge.messages.outcome import (
    AlertRef,
    BlindPart,
    Outcome,
    OutcomePayload,
    build_outcome,
)
from edge.policy.misreads import contested, read_misread
from edge.records import AlertId
from tests.hotlist.bundles import NOW
from tests.keys.cast import ROSTER, TOWN, keys_of, roster_of

ALERT = AlertId("bridge-2", "ab" * 16, 17)
NUMBER = AlertId("car-12", "cd" * 16, 3)


def said(outcome: Outcome = Outcome.MISREAD, officer: str = "dana", **more: Any) -> OutcomePayload:
    """Return what an officer says of :data:`ALERT`."""
    fields = {
        "alert": AlertRef(unit=ALERT.unit, epoch=ALERT.epoch, sequence=ALERT.sequence, revision=0),
        "outcome": outcome,
        "blind": BlindPart(asked="", answered="", agreed=False, urgent=False),
        "note": "",
        "officer": officer,
        "console": NUMBER.unit,
        "at": "2026-06-01T12:00:00.000Z",
        "clock_trusted": True,
        "claim": None,
    }
    return OutcomePayload.model_validate({**fields, **more})


def signed(payload: OutcomePayload, signer: str = "dana", kind: str = "verdict") -> Signed:
    """Return an outcome signed by somebody, as an order carries it."""
    return sign(kind, build_outcome(TOWN, NUMBER, 0, payload), keys_of(signer))


@pytest.mark.parametrize("name", ["dana", "sue"])
def test_an_officers_final_word_is_proof(name: str) -> None:
    """An officer's or a supervisor's signed misread names the alert, and who said so."""
    one = read_misread(signed(said(officer=name), name), ROSTER, NOW)
    assert (one.alert, one.outcome, one.officer) == (ALERT, NUMBER, name)


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - {Outcome.MISREAD}))
def test_no_other_word_purges(outcome: Outcome) -> None:
    """Confirmed, stale, answered and the like erase nothing."""
    with pytest.raises(MessageError, match="only a misread"):
        read_misread(signed(said(outcome)), ROSTER, NOW)


@pytest.mark.parametrize("signer", ["car-12", "bridge-2", "archive", "ada", "tess"])
def test_no_machine_and_no_other_role_purges(signer: str) -> None:
    """A console, a unit or an auditor cannot say it in an officer's place."""
    with pytest.raises(KeysError):
        read_misread(signed(said(), signer), ROSTER, NOW)


def test_a_forged_or_borrowed_word_is_refused() -> None:
    """Changed words, another kind of document, and one officer's words under another's key."""
    good = signed(said())
    with pytest.raises(KeysError):
        read_misread(replace(good, payload=good.payload.replace(b":17", b":18")), ROSTER, NOW)
    with pytest.raises(MessageError, match="an outcome is wanted"):
        read_misread(signed(said(), kind="correction"), ROSTER, NOW)
    with pytest.raises(MessageError, match="is signed by erin"):
        read_misread(signed(said(officer="dana"), "erin"), ROSTER, NOW)


def test_a_revoked_officer_purges_nothing_more() -> None:
    """From the revocation on a stolen key erases no evidence, whatever date it writes."""
    gone = Revocation("dana", keys_of("dana").signing.public, NOW, "stolen")
    with pytest.raises(KeysError, match="stolen"):
        read_misread(signed(said()), replace(roster_of(), revoked=(gone,)), NOW)


def test_officers_who_disagree_contest() -> None:
    """Of each officer the last final word counts; only misreads alone are uncontested."""
    misread, confirmed = said(), said(Outcome.CONFIRMED)
    assert not contested([misread])
    assert not contested([said(Outcome.ANSWERED), said(Outcome.RESPONDING), misread])
    assert contested([misread, confirmed])
    assert not contested([confirmed, misread])
    assert contested([misread, said(Outcome.CONFIRMED, "erin")])
    assert not contested([misread, said(Outcome.MISREAD, "erin")])
    assert contested([])
