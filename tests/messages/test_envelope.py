"""Bytes from the wire are read in one way or refused in a sentence; newer minors are understood."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import MessageError
from edge.messages import (
    canonical,
    parse_alert,
    parse_health,
    parse_outcome,
    parse_receipt,
    parse_status,
)
from edge.messages.answer import parse_answer
from edge.messages.chain import parse_words
from edge.messages.envelope import MINOR
from tests.messages.samples import ALERT, HEALTH, RECEIPT, SAMPLES, STATUS, VERDICT

PARSERS: dict[str, Callable[[bytes], Any]] = {
    "alert": parse_alert,
    "status": parse_status,
    "health": parse_health,
    "receipt": parse_receipt,
    "verdict": parse_outcome,
    "answer": parse_answer,
    "chain": parse_words,
}
BOTH = pytest.mark.parametrize(
    ("parse", "body"),
    [
        (parse_alert, ALERT),
        (parse_status, STATUS),
        (parse_health, HEALTH),
        (parse_receipt, RECEIPT),
        (parse_outcome, VERDICT),
        (parse_answer, SAMPLES["answer"][0]),
        (parse_words, SAMPLES["chain"][0]),
    ],
    ids=list(PARSERS),
)
Parse = Callable[[bytes], Any]


@pytest.mark.parametrize("kind", SAMPLES)
def test_all_samples_come_back(kind: str) -> None:
    """What is built is parsed, and says the same."""
    for body in SAMPLES[kind]:
        assert canonical(PARSERS[kind](body).model_dump(mode="json")) == body


@BOTH
def test_another_kind_is_refused(parse: Parse, body: bytes) -> None:
    """No parser takes another kind's message."""
    for kind, sample in ((kind, samples[0]) for kind, samples in SAMPLES.items()):
        if sample != body:
            with pytest.raises(MessageError):
                parse(sample)
        else:
            assert parse(sample).kind == kind


@BOTH
def test_another_major_version_is_refused(parse: Parse, body: bytes) -> None:
    """Version 2 might mean anything."""
    for version in (2, 0, "1", None, 1.5):
        with pytest.raises(MessageError, match=r"has version .*, this edge reads version 1"):
            parse(canonical({**json.loads(body), "v": version}))


@BOTH
def test_newer_minor_is_understood(parse: Parse, body: bytes) -> None:
    """Fields added later, at any depth, are dropped; what is known stays."""
    fields = json.loads(body)
    newer = json.loads(body)
    newer["minor"] = 3
    newer["colour"] = "red"
    newer["payload"]["more"] = {"deep": [1, 2]}
    message = parse(canonical(newer))
    assert canonical({**message.model_dump(mode="json"), "minor": MINOR}) == canonical(fields)


@BOTH
def test_unknown_field_of_our_own_version_is_refused(parse: Parse, body: bytes) -> None:
    """In the present minor an unknown field is a mistake or an attack."""
    for where in ("payload", None):
        fields = json.loads(body)
        (fields[where] if where else fields)["more"] = 1
        with pytest.raises(MessageError, match=r"more: extra inputs are not permitted"):
            parse(canonical(fields))


def test_newer_minor_does_not_excuse_wrong_fields() -> None:
    """A newer message whose known fields are wrong is refused like any other."""
    fields = json.loads(STATUS)
    fields.update(minor=5, more=1, unit="No Name")
    with pytest.raises(MessageError, match="unit"):
        parse_status(canonical(fields))


def test_newer_parts_in_a_list_are_understood() -> None:
    """A field added to each gate is dropped in each."""
    fields = json.loads(ALERT)
    fields["minor"] = MINOR + 1
    for gate in fields["payload"]["gates"]:
        gate["weight"] = 1
    assert len(parse_alert(canonical(fields)).payload.gates) == 4


@BOTH
@pytest.mark.parametrize(
    ("harm", "match"),
    [
        (lambda body: body[:-1], "is not JSON"),
        (lambda _: b"", "is not JSON"),
        (lambda _: b"[]", "is not a JSON object"),
        (lambda _: b"null", "is not a JSON object"),
        (lambda body: body.replace(b'"v":1', b'"v":NaN'), "NaN is no number"),
        (lambda body: body.replace(b'"v":1', b'"v":1,"v":1'), "stands twice"),
        (lambda body: b"\xff" + body, "is not JSON"),
        (lambda _: b"[" * 100_000, "JSON|limit"),
        (lambda _: b'{"v":' + b"9" * 5000 + b"}", "JSON|limit|version"),
        (lambda body: body + b" " * 300_000, "over the limit"),
    ],
)
def test_bytes_that_are_no_message(
    parse: Parse, body: bytes, harm: Callable[[bytes], bytes], match: str
) -> None:
    """Broken, doubled, endless and huge bytes are refused in a sentence."""
    with pytest.raises(MessageError, match=match):
        parse(harm(body))


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [one for key, part in value.items() for one in _places(part, (*path, key))]
    if isinstance(value, list):
        return [one for at, part in enumerate(value) for one in _places(part, (*path, at))]
    return [path]


@given(data=st.data(), kind=st.sampled_from(sorted(SAMPLES)))
def test_any_value_anywhere_is_taken_or_refused(data: st.DataObject, kind: str) -> None:
    """With any JSON in the place of any field a parser gives a message or a MessageError."""
    fields = json.loads(SAMPLES[kind][0])
    path = data.draw(st.sampled_from(_places(fields)))
    strange = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=500).filter(lambda text: text.isprintable()),
        st.just([]),
        st.just({"a": 1}),
    )
    place = fields
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = data.draw(strange)
    body = canonical(fields)
    try:
        message = PARSERS[kind](body)
    except MessageError as error:
        assert str(error)  # noqa: PT017 - either is fine, anything else is not
    else:
        assert message.kind == kind


@pytest.mark.parametrize(
    "time", ["2026-01-31T12:00:00Z", "2026-02-30T12:00:00.000Z", "2026-01-31 12:00:00.000Z", "now"]
)
def test_times_are_real(time: str) -> None:
    """Only RFC 3339 in UTC with milliseconds, and only days that exist."""
    with pytest.raises(MessageError, match="made_at"):
        parse_status(canonical({**json.loads(STATUS), "made_at": time}))


def test_nothing_but_json() -> None:
    """What JSON cannot say is refused before it is sent."""
    for value in (float("nan"), float("inf"), object(), {1, 2}, "\ud800"):
        with pytest.raises(MessageError, match="cannot be said in JSON"):
            canonical({"x": value})
