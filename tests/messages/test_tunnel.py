"""Asking for a tunnel: what a request and an answer must say to be believed."""

from datetime import UTC, datetime, timedelta

import pytest

from edge.errors import EdgeError, KeysError, TunnelError
from edge.keys import canonical
from edge.keys.crypto import OpeningKey
from edge.keys.roles import Role
from edge.keys.signed import Signed, digest, from_bytes, sign, to_bytes
from edge.messages.tunnel import (
    ASK,
    Answer,
    check_ask,
    new_ask,
    new_session,
    read_answer,
    read_ask,
    sign_answer,
)
from tests.keys.cast import ISSUED, ROSTER, keys_of

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
UNIT = "main-street"


def asked(name: str = "tess", unit: str = UNIT) -> Signed:
    return new_ask(unit, OpeningKey.make(), keys_of(name), NOW)


def answer(ask: Signed, **more: object) -> Answer:
    told = {
        "v": 1,
        "unit": UNIT,
        "ask": digest(ask),
        "key": canonical.to_text(OpeningKey.make().public.raw),
        "session": new_session(),
        **more,
    }
    return Answer.model_validate(told)


def test_a_request_is_good_for_its_unit_and_a_minute() -> None:
    """Read back it names unit and key; the unit's clock may be up to a minute apart."""
    _, ask = read_ask(to_bytes(asked()))
    for seconds in (-59, 0, 59):
        check_ask(ask, UNIT, NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [-61, 60, 86_400], ids=["early", "late", "next day"])
def test_an_expired_request_is_refused(seconds: int) -> None:
    """Before its time and at its end; the sentence names the unit's clock."""
    with pytest.raises(TunnelError, match="clock says 2026-06"):
        check_ask(read_ask(to_bytes(asked()))[1], UNIT, NOW + timedelta(seconds=seconds))


def test_a_request_for_another_unit_or_a_long_life_is_refused() -> None:
    """Names and lives are checked even though the technician has signed them."""
    _, ask = read_ask(to_bytes(asked()))
    with pytest.raises(TunnelError, match="for main-street, and this is bridge-2"):
        check_ask(ask, "bridge-2", NOW)
    long = ask.model_copy(update={"expires": "2026-06-02T12:00:00Z"})
    with pytest.raises(TunnelError, match="lives for 60 s"):
        check_ask(long, UNIT, NOW)


def test_bytes_that_are_no_request_are_refused() -> None:
    """Noise, another document, an oversized one, and a key that is none."""
    row = read_ask(to_bytes(asked()))[1].model_copy(update={"key": "AAAA"})
    bad = sign(ASK, canonical.write(row), keys_of("tess"))
    other = sign("receipt", b"{}", keys_of("tess"))
    for blob in (
        b"",
        b"\0" * 5000,
        to_bytes(other),
        to_bytes(bad),
        to_bytes(asked()) + b" " * 9999,
    ):
        with pytest.raises(KeysError):
            read_ask(blob)


def test_the_units_own_answer_is_believed_and_nobody_elses() -> None:
    """Another unit's, another request's, an officer's and a changed one are refused."""
    ask = asked()
    good = sign_answer(answer(ask), keys_of(UNIT))
    assert read_answer(good, ask, ROSTER, UNIT, ISSUED).ask == digest(ask)
    others = {
        "another unit": sign_answer(answer(ask), keys_of("bridge-2")),
        "another request": sign_answer(answer(asked()), keys_of(UNIT)),
        "an officer": sign_answer(answer(ask), keys_of("dana")),
        "changed": good[:-3] + b"x" + good[-2:],
        "no session": sign_answer(answer(ask, session=""), keys_of(UNIT)),
    }
    for what, blob in others.items():
        with pytest.raises(EdgeError) as told:
            read_answer(blob, ask, ROSTER, UNIT, ISSUED)
        assert str(told.value), what


def test_a_refusal_is_signed_and_says_why() -> None:
    """The technician reads the unit's own sentence."""
    ask = asked()
    blob = sign_answer(answer(ask, refused="erin is here", session="", key=""), keys_of(UNIT))
    assert from_bytes(blob, "it", "tunnel-answer").signer == UNIT
    with pytest.raises(TunnelError, match="main-street refuses: erin is here"):
        read_answer(blob, ask, ROSTER, UNIT, ISSUED)


def test_only_a_technician_signs_a_request() -> None:
    """The roster's check, as the unit makes it, refuses an officer's."""
    signed, _ = read_ask(to_bytes(asked("dana")))
    with pytest.raises(KeysError, match="only technician signs"):
        ROSTER.check(signed, Role.TECHNICIAN, ISSUED)
