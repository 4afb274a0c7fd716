"""What an earlier version sent is read by this one, field by field: samples kept for ever."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from edge.errors import KeysError
from edge.keys.canonical import decode
from edge.keys.roles import Role
from edge.messages import (
    Kind,
    parse_alert,
    parse_health,
    parse_outcome,
    parse_receipt,
    parse_status,
    topic,
)
from edge.messages.answer import open_answer, parse_answer, parse_answer_cover
from edge.messages.chain import open_chain_head, open_payloads, parse_chain, parse_words
from edge.messages.chain_receipt import open_chain_receipt
from edge.messages.envelope import MINOR, VERSION, Envelope
from edge.messages.head import open_head
from edge.messages.links import verify
from edge.messages.listing import parse_ask
from edge.messages.opening import open_alert, open_outcome
from edge.messages.receipt import open_receipt
from edge.messages.search import open_bundle, read_query
from edge.messages.tunnel import check_ask, read_answer, read_ask
from tests.keys.cast import ISSUED, ROSTER, keys_of
from tests.messages.golden import FOLDER, READERS, samples

PARSERS: dict[str, Callable[[bytes], Envelope]] = {
    "alert": parse_alert,
    "status": parse_status,
    "health": parse_health,
    "receipt": parse_receipt,
    "verdict": parse_outcome,
    "ask": parse_ask,
    "answer": parse_answer,
    "chain": parse_words,
}
VERSIONS = sorted(one for one in FOLDER.iterdir() if one.is_dir())
KEPT = [file for folder in VERSIONS for file in sorted(folder.glob("*.json"))]
PLAIN = [file for file in KEPT if file.name.split("-")[0] in PARSERS]
each_version = pytest.mark.parametrize("folder", VERSIONS, ids=lambda one: one.name)


def _shown(file: Path) -> str:
    return f"{file.parent.name}/{file.name}"


@pytest.mark.parametrize("file", PLAIN, ids=_shown)
def test_every_kept_sample_is_read(file: Path) -> None:
    """Each says today what it said then; a later version may only add fields to it."""
    body = file.read_bytes()
    said = PARSERS[file.name.split("-")[0]](body).model_dump(mode="json")
    _same(json.loads(body), said, file.name)


@each_version
def test_kept_letters_open(folder: Path) -> None:
    """Sealed words and picture of then open with the keys of then, for each recipient."""
    where = topic("windsor", "bridge-2", Kind.ALERT)
    words = json.loads((folder / "alert-1.json").read_bytes())
    for name in READERS:
        body = (folder / "alert.letter").read_bytes()
        found = open_alert(where, body, keys_of(name), ROSTER, ISSUED)
        _same(words, found.message.model_dump(mode="json"), "alert.letter")
        assert found.crop is not None
        assert hashlib.sha256(found.crop).hexdigest() == words["payload"]["crop"]["sha256"]


@each_version
def test_kept_outcomes_and_receipts_are_believed(folder: Path) -> None:
    """An officer's and a receiver's signature of then hold today."""
    where = topic("windsor", "car-12", Kind.VERDICT)
    body = (folder / "verdict.letter").read_bytes()
    found = open_outcome(where, body, keys_of("archive"), ROSTER, ISSUED)
    assert (found.sender.name, found.message.payload.outcome) == ("dana", "misread")
    receipt = open_receipt((folder / "receipt.signed").read_bytes(), ROSTER, ISSUED)
    assert (receipt.payload.receiver, receipt.payload.sequence) == ("archive", 7)


@each_version
def test_kept_searches_and_answers_open(folder: Path) -> None:
    """A unit and an auditor read the query of then, and the officer the answer; nobody else."""
    for name in ("bridge-2", "main-street", "ada"):
        bundle = open_bundle((folder / "search.sealed").read_bytes(), keys_of(name))
        said = read_query(bundle.query).model_dump(mode="json")
        _same(decode((folder / "search-1.json").read_bytes(), "search-1.json"), said, "search")
    where = topic("windsor", "bridge-2", Kind.ANSWER)
    cover = parse_answer_cover(where, (folder / "answer.letter").read_bytes(), ROSTER, ISSUED)
    answer = open_answer(cover.body, keys_of("dana"), ROSTER, ISSUED)
    words = json.loads((folder / "answer-1.json").read_bytes())
    _same(words, answer.model_dump(mode="json"), "answer.letter")
    with pytest.raises(KeysError, match="not sealed to archive"):
        open_answer(cover.body, keys_of("archive"), ROSTER, ISSUED)


@each_version
def test_kept_tunnels_are_opened(folder: Path) -> None:
    """A technician's request of then is read, and the unit's answer to it believed."""
    signed, ask = read_ask((folder / "inward.signed").read_bytes())
    assert ROSTER.check(signed, Role.TECHNICIAN, ISSUED).name == "tess"
    check_ask(ask, "bridge-2", datetime(2026, 6, 1, 12, 0, 30, tzinfo=UTC))
    blob = (folder / "outward.signed").read_bytes()
    answer = read_answer(blob, signed, ROSTER, "bridge-2", ISSUED)
    assert (answer.budget, answer.secure) == (50_000_000, False)


@each_version
def test_kept_heads_are_believed(folder: Path) -> None:
    """A unit's word on its own store, as health carried it then."""
    health = parse_health((folder / "health-1.json").read_bytes())
    assert health.payload.head is not None
    head = open_head(health.payload.head, ROSTER, ISSUED)
    assert (head.unit, head.last_sequence, head.audit_number) == ("bridge-2", 7, 9)


@each_version
def test_kept_chains_hold(folder: Path) -> None:
    """Rows of then lead to the head that the unit signed then, and open for an archive."""
    where = topic("windsor", "bridge-2", Kind.CHAIN)
    batch = parse_chain((folder / "chain.batch").read_bytes(), where)
    head = open_chain_head(batch.head, ROSTER, ISSUED)
    assert (head.audit_number, head.audit_hash) == (3, batch.rows[-1].hash)
    assert verify(batch.rows, batch.epoch, batch.rows[-1]) is None
    opened = open_payloads(batch, keys_of("archive"))
    assert [json.loads(one.text)["passes"] for one in opened] == [101, 102, 103]
    receipt = open_chain_receipt((folder / "chain-receipt.signed").read_bytes(), ROSTER, ISSUED)
    assert (receipt.archive, receipt.number, receipt.hash) == ("archive", 3, batch.rows[-1].hash)


def test_this_version_is_kept() -> None:
    """The present version has its samples; run ``python -m tests.messages.golden`` for a new one.

    Within a version what is built may not change: a field more is a minor more.
    """
    folder = FOLDER / f"{VERSION}.{MINOR}"
    made = samples()
    assert {file.name for file in folder.iterdir()} == set(made)
    for name, body in made.items():
        if name.endswith(".json"):
            assert (folder / name).read_bytes() == body, name


def _same(then: Any, now: Any, where: str) -> None:
    """Hold that all that *then* says is said in *now*."""
    if isinstance(then, dict):
        assert set(then) <= set(now), where
        for key, part in then.items():
            _same(part, now[key], f"{where}.{key}")
    elif isinstance(then, list):
        assert len(then) == len(now), where
        for before, after in zip(then, now, strict=True):
            _same(before, after, where)
    else:
        assert then == now, where
