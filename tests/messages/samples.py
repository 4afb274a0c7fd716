"""One and more of each message, built by the code."""

from dataclasses import replace

from edge.keys import canonical
from edge.keys.crypto import OpeningKey
from edge.keys.signed import digest as signed_digest
from edge.keys.signed import sign
from edge.messages import (
    build_alert,
    build_health,
    build_outcome,
    build_receipt,
    build_status,
    digest,
    parse_alert,
)
from edge.messages.answer import AnswerPayload, FoundHit, FoundRead, Over, build_answer
from edge.messages.chain import build_words
from edge.messages.head import Head, head_text, sign_head
from edge.messages.health import (
    DeliverHealth,
    ListHealth,
    OrderHealth,
    RemoteHealth,
    WatchHealth,
)
from edge.messages.outcome import AlertRef, BlindPart, Outcome, OutcomePayload
from edge.messages.search import Bundle, Query, sign_query
from edge.messages.tunnel import ASK, Answer, Ask
from edge.records import AlertId, Category, Direction, Grade, Handling
from tests.alerts import UNIT, an_alert
from tests.fakes import START
from tests.keys.cast import keys_of
from tests.messages.chains import a_chain, a_head

EPOCH = "0123456789abcdef" * 2
ALERT_ID = AlertId(UNIT.name, EPOCH, 7)
STORED = START.later(0.04)

WATCH = WatchHealth(
    made_at=START.iso(),
    made_monotonic_ns=START.monotonic_ns,
    uptime_s=3600.0,
    frames_seen=54_000,
    frames_per_s=15.0,
    frames_dropped=3,
    last_frame_age_s=0.05,
    source_state="delivering",
    source_problem="",
    gate_shares={"still": 0.9, "moving": 0.1},
    tracks=1,
    sightings=420,
    alerts=2,
    stage_ms={"detector": 12.5},
    list=ListHealth(version="town abcdef012345", issued=START.iso(), entries=1200, age_s=60.0),
    list_problem="",
    silent_reason="",
    models={"detector": "detector 1"},
    store_free_mb=900,
    store_pictures=True,
    store_problem="",
    keys_problem="",
    place_problem="",
    clock_trusted=True,
    temperature_c=51.5,
    memory_mb=210,
    roster=3,
    orders=(OrderHealth(number="a" * 64, taken=True, at=START.iso(), sentence="taken: roster 3"),),
    stopped_by="",
)
VISITED = WATCH.model_copy(
    update={
        "remote": RemoteHealth(
            allowed=True, who="tess", role="technician", since=START.later(-600).iso()
        )
    }
)
DELIVER = DeliverHealth(
    broker="connected",
    broker_problem="",
    epoch=EPOCH,
    last_sequence=7,
    outbox_depth=0,
    oldest_unreceived_s=None,
    given_up=0,
    refused_receipts=0,
    published=9,
    received=9,
    receivers=1,
)


def alert_body(**changes: object) -> bytes:
    """Return an alert's bytes; *changes* are fields of the record Alert."""
    alert = replace(an_alert(), **changes)  # type: ignore[arg-type]
    return build_alert(alert, ALERT_ID, 0, STORED, UNIT, "0.1.0")


ALERT = alert_body()
RECEIPT = build_receipt(parse_alert(ALERT), digest(ALERT), "archive", START.later(1))
OUTCOME = OutcomePayload(
    alert=AlertRef(unit=UNIT.name, epoch=EPOCH, sequence=7, revision=0),
    outcome=Outcome.MISREAD,
    blind=BlindPart(asked="5th character: 3 or 7?", answered="7", agreed=False, urgent=False),
    note="a seven, by daylight",
    officer="dana",
    console="car-12",
    at=START.later(20).iso(),
    clock_trusted=True,
    claim=None,
)
VERDICT = build_outcome("windsor", AlertId("car-12", EPOCH, 3), 0, OUTCOME)
HEAD_TEXT = head_text(
    sign_head(
        Head(
            v=1,
            town="windsor",
            unit=UNIT.name,
            epoch=EPOCH,
            last_sequence=7,
            audit_number=9,
            audit_hash="ab" * 32,
            made_at=START.iso(),
        ),
        keys_of(UNIT.name),
    )
)
QUERY = Query(
    v=1,
    town="windsor",
    nonce="5e" * 16,
    officer="dana",
    via="car-12",
    units=["bridge-2", "main-street"],
    places=[],
    pattern="AB12?",
    categories=[],
    since="2026-06-01T10:00:00Z",
    until="2026-06-01T12:00:00Z",
    case="26-01234",
    purpose="stolen vehicle",
    made="2026-06-01T12:00:00Z",
    expires="2026-06-01T13:00:00Z",
)
BUNDLE = Bundle(sign_query(QUERY, keys_of("dana")))
ANSWER_ID = AlertId(UNIT.name, EPOCH, 8)
ANSWER = AnswerPayload(
    query=BUNDLE.number,
    officer="dana",
    refused="",
    sentence="hits alone are searched under the profile strict",
    over=Over.HITS_AND_READS,
    profile="new-hampshire",
    hits=(
        FoundHit(
            epoch=EPOCH,
            sequence=7,
            revision=1,
            at=START.iso(),
            clock_trusted=True,
            read="AB123",
            plate="AB123",
            jurisdiction="us-ct",
            category="stolen_vehicle",
            grade=Grade.VERIFY,
            withdrawn=False,
            direction=Direction.RECEDING,
            place="Bridge 2",
            picture="ab" * 32,
        ),
    ),
    reads=(
        FoundRead(
            at=START.iso(),
            text="AB124",
            jurisdiction="us-ct",
            probability=0.98,
            direction=Direction.RECEDING,
        ),
    ),
    found=2,
    truncated=False,
    unread=0,
    late=False,
    clock_trusted=True,
)


def refused_answer() -> AnswerPayload:
    """Return what a unit says that refuses."""
    changes = {"refused": "purpose", "sentence": "no such purpose", "hits": (), "reads": ()}
    return ANSWER.model_copy(update={**changes, "found": 0, "over": Over.HITS, "late": True})


STATUS = build_status("online", UNIT, START, "0.1.0")
HEALTH = build_health(WATCH, DELIVER, (), UNIT, START, "0.1.0", HEAD_TEXT)

INSTALLERS = Handling(siren=False, recipients=("technician",), keep_days=1.0, test=True)


def installers_alert() -> bytes:
    """Return the alert of an installer's own car, known by part of its plate only."""
    alert = an_alert()
    entry = replace(alert.hit.entry, category=Category.TEST, plate="AB1?3*")
    verdict = replace(alert.verdict, handling=INSTALLERS)
    return alert_body(hit=replace(alert.hit, entry=entry), verdict=verdict)


TEST_ALERT = installers_alert()

CHAIN, CHAIN_PAYLOADS = a_chain(3)
CHAIN_HEAD = a_head(CHAIN, keys_of(UNIT.name))

SAMPLES = {
    "alert": [
        ALERT,
        alert_body(crop_jpeg=b""),
        build_alert(an_alert(retracts=True), ALERT_ID, 3, STORED, UNIT, "0.1.0"),
        TEST_ALERT,
    ],
    "status": [STATUS, build_status("offline", UNIT, START, "0.1.0", "connection lost")],
    "health": [
        HEALTH,
        build_health(None, DELIVER, ("it is broken",), UNIT, START, "0.1.0"),
        build_health(VISITED, DELIVER, (), UNIT, START, "0.1.0", HEAD_TEXT),
    ],
    "receipt": [RECEIPT],
    "chain": [build_words("windsor", UNIT.name, EPOCH, CHAIN, CHAIN_HEAD, START)],
    "verdict": [VERDICT],
    "answer": [
        build_answer("windsor", ANSWER_ID, ANSWER, START.iso()),
        build_answer("windsor", ANSWER_ID, refused_answer(), START.iso()),
    ],
}
_KEYS = [OpeningKey(bytes([number]) * 32) for number in (5, 6)]
TUNNEL_ASK = Ask(
    v=1,
    unit=UNIT.name,
    nonce="5e" * 16,
    made="2026-06-01T12:00:00Z",
    expires="2026-06-01T12:01:00Z",
    key=canonical.to_text(_KEYS[0].public.raw),
)
TUNNEL_ANSWER = Answer(
    v=1,
    unit=UNIT.name,
    ask=signed_digest(sign(ASK, canonical.write(TUNNEL_ASK), keys_of("tess"))),
    key=canonical.to_text(_KEYS[1].public.raw),
    session="ab" * 16,
    until="2026-06-01T13:00:00Z",
    budget=50_000_000,
)
