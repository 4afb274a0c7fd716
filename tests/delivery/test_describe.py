"""What an officer reads: everything that should make him doubt stands there."""

from dataclasses import replace

from edge.delivery.describe import describe, describe_status, is_late
from edge.messages.alert import build_alert, parse_alert
from edge.messages.alert_parts import AlertMessage
from edge.messages.status import build_status, parse_status
from edge.records import Alert, AlertId, Grade, Handling
from tests.alerts import UNIT, an_alert
from tests.fakes import START

NUMBER = AlertId(UNIT.name, "ab" * 16, 7)


def message(alert: Alert, revision: int = 0) -> AlertMessage:
    stored = START.later(0.12)
    return parse_alert(build_alert(alert, NUMBER, revision, stored, UNIT, "test"))


def words(alert: Alert, age_s: float = 0.34, revision: int = 0) -> str:
    return "\n".join(describe(message(alert, revision), START.later(age_s), 60.0))


def test_alert_says_all_that_matters():
    """Time, grade, category, plate, read, place, latency, caution, doubts, contested character."""
    text = words(an_alert())
    for part in (
        "2026-01-01T10:00:00.000Z VERIFY",
        "AB12345 (us-ct), stolen vehicle: stolen from Poquonock Avenue",
        "read AB12345",
        "Broad Street, northbound",
        "0.340 s from sensor to here, 0.120 s of them on the unit",
        "CAUTION: armed",
        "to check: white Ford F-150 pick-up",
        "gate text: fail: the 5th character is 3 at .61 or 7 at .37",
        "gate vehicle: unknown",
        "contested: character 5: 3 at .61, 7 at .37, and it decides the match",
    ):
        assert part in text
    assert "gate list" not in text


def test_marks_of_history_retraction_and_return():
    """Late, retracted, revised, seen again and a doubtful clock are said in the first line."""
    late = words(an_alert(), age_s=2 * 3600)
    assert "late: from history, 2 h old" in late.splitlines()[0]
    assert "late" not in words(an_alert(), age_s=59).splitlines()[0]
    assert "RETRACTED" in words(an_alert(revises=NUMBER, retracts=True), revision=1)
    assert "revision 1" in words(an_alert(revises=NUMBER), revision=1)
    assert "seen again" in words(an_alert(seen_again=True))
    doubtful = replace(an_alert().verdict, clock_trusted=False, grade=Grade.VERIFY)
    first = words(an_alert(verdict=doubtful), age_s=9e6).splitlines()[0]
    assert "its time cannot be trusted" in first
    assert "late" not in first


def test_late_is_a_matter_of_the_age_given():
    """The border between alert and history is the caller's."""
    assert is_late(message(an_alert()), START.later(5), 4.0)
    assert not is_late(message(an_alert()), START.later(5), 6.0)


def test_hostile_text_cannot_move_the_cursor():
    """Escape sequences and line ends in any text come out as harmless signs."""
    nasty = "\x1b[2Jgone\r\x07\u202e\u2028"
    alert = an_alert()
    verdict = replace(
        alert.verdict,
        gates=tuple(replace(gate, sentence=gate.sentence + nasty) for gate in alert.verdict.gates),
    )
    entry = replace(alert.hit.entry, reason=nasty, caution=nasty)
    text = words(replace(alert, verdict=verdict, hit=replace(alert.hit, entry=entry)))
    assert all(char.isprintable() or char == "\n" for char in text)
    status = build_status("offline", UNIT, START, "test", nasty)
    assert describe_status(parse_status(status)).isprintable()


def test_status_in_words():
    """Who, what, since when, why."""
    status = parse_status(build_status("offline", UNIT, START, "test", "connection lost"))
    assert describe_status(status) == (
        "bridge-2 is offline since 2026-01-01T10:00:00.000Z: connection lost"
    )


def test_rules_of_the_category():
    """A test is marked first of all, a silent alarm as silent, and caution may be the rules'."""
    alert = an_alert()
    quiet = replace(alert.verdict, grade=Grade.ALARM, handling=Handling(siren=False, caution=True))
    entry = replace(alert.hit.entry, caution="")
    text = words(replace(alert, verdict=quiet, hit=replace(alert.hit, entry=entry)))
    assert "ALARM, silent by the rules of its category" in text
    assert "CAUTION: by the rules of its category" in text
    tried = replace(alert.verdict, handling=Handling(test=True))
    assert "TEST, VERIFY" in words(replace(alert, verdict=tried))
