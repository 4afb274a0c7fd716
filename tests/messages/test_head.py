"""The head in health is the reading unit's own word; nobody else can say it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from edge.errors import KeysError, MessageError
from edge.keys.crypto import SigningKey
from edge.keys.parties import Revocation
from edge.messages.head import HEAD_FILE, Head, head_text, open_head, sign_head
from edge.services.heads import HeadFile
from edge.store import open_store
from tests.alerts import UNIT, an_alert, sealed, store_section
from tests.fakes import START, FakeClock
from tests.keys.cast import ISSUED, ROSTER, UNTIL, keys_of

OWN = keys_of(UNIT.name)
HEAD = Head(
    v=1,
    town="windsor",
    unit=UNIT.name,
    epoch="ab" * 16,
    last_sequence=7,
    audit_number=9,
    audit_hash="cd" * 32,
    made_at=START.iso(),
)


def test_it_says_how_far_the_store_has_come(tmp_path: Path) -> None:
    """Before the first alert and after it; the audit's newest row is named by its hash."""
    with open_store(store_section(tmp_path), UNIT.name, FakeClock()) as store:
        file = HeadFile(tmp_path, UNIT, OWN, store)
        file.write(START)
        first = open_head(head_text((tmp_path / HEAD_FILE).read_bytes()), ROSTER, ISSUED)
        assert (first.last_sequence, first.audit_number, first.audit_hash) == (0, 0, "")
        store.commit_alert(an_alert(), sealed)
        file.write(START.later(1))
        head = open_head(head_text((tmp_path / HEAD_FILE).read_bytes()), ROSTER, ISSUED)
        link = store.audit.head()
    assert link is not None
    assert (head.epoch, head.last_sequence) == (store.epoch, 1)
    assert (head.audit_number, head.audit_hash) == (link.number, link.hash)
    assert head.made_at == START.later(1).iso()


def test_nobody_else_says_it() -> None:
    """Another key, another role, another unit, a revoked unit, an ended key, a changed byte."""
    thief = replace(OWN, signing=SigningKey.make())
    for by, why in (
        (thief, "does not hold"),
        (keys_of("car-12"), "car-12 is console; only unit"),
        (keys_of("main-street"), "signed by main-street"),
    ):
        with pytest.raises((KeysError, MessageError), match=why):
            open_head(head_text(sign_head(HEAD, by)), ROSTER, ISSUED)
    good = head_text(sign_head(HEAD, OWN))
    gone = Revocation(UNIT.name, OWN.signing.public, ISSUED, "stolen")
    with pytest.raises(KeysError, match="revoked"):
        open_head(good, replace(ROSTER, revoked=(gone,)), ISSUED)
    with pytest.raises(KeysError, match="its key ended"):
        open_head(good, ROSTER, UNTIL + timedelta(days=1))
    changed = head_text(sign_head(HEAD, OWN).replace(b'"last_sequence":7', b'"last_sequence":8'))
    with pytest.raises(KeysError, match="does not hold"):
        open_head(changed, ROSTER, ISSUED)
    for garbage in ("", "AAAA", "not base64", good[:-4]):
        with pytest.raises(KeysError):
            open_head(garbage, ROSTER, ISSUED)
