"""What a card may know, what it looks like, and when it may sound."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.messages.outcome import Outcome
from edge.records import Alert, Contested, Grade, Handling
from edge.web.console.cards import Card, Stage, Tone
from edge.web.console.details import details
from edge.web.console.showing import Viewer, card, siren, stage, tone
from edge.web.console.told import Here, Told, Word
from tests.alerts import an_alert, an_entry
from tests.web.console.told import FIFTH, SOUNDS, alarm, graded, here, told, word

_SECRET = {
    "plate": "ZQ90417",
    "entry_id": "secret-entry",
    "reason": "secret reason",
    "owner": "secret owner",
    "caution": "secret caution",
}


@st.composite
def alerts(draw: st.DrawFn) -> Alert:
    """Any alert of any grade whose entry has words that stand nowhere else."""
    plain = an_alert()
    entry = an_entry(**_SECRET)
    contested = draw(st.sampled_from([(), (FIFTH,), (replace(FIFTH, decides=False),)]))
    hit = replace(plain.hit, entry=entry, contested=contested)
    handling = Handling(
        siren=draw(st.booleans()),
        caution=draw(st.booleans()),
        recipients=("console",),
        keep_days=30.0,
        test=draw(st.booleans()),
    )
    verdict = replace(
        plain.verdict,
        grade=draw(st.sampled_from(Grade)),
        handling=handling,
        clock_trusted=draw(st.booleans()),
    )
    return replace(plain, hit=hit, verdict=verdict, retracts=draw(st.booleans()))


@st.composite
def scenes(draw: st.DrawFn) -> tuple[Told, list[Word], Here]:
    """An alert, what officers said of it, and a console that looks at it."""
    found = told(
        *draw(st.lists(alerts(), min_size=1, max_size=3)),
        after_s=draw(st.sampled_from([-3600.0, -5.0, 0.4, 59.0, 61.0, 86_400.0])),
        trusted=draw(st.booleans()),
        touched=draw(st.booleans()),
    )
    words = [
        word(
            draw(st.sampled_from(Outcome)),
            agreed=draw(st.sampled_from([True, False, None])),
            answered=draw(st.sampled_from(["", "3", "7"])),
            own=draw(st.booleans()),
            officer=draw(st.sampled_from(["officer-1", "officer-2"])),
            note="a secret note",
            sequence=sequence,
        )
        for sequence in range(1, draw(st.integers(1, 3)))
    ]
    present = here(
        draw(st.sampled_from([1.0, 600.0, 4000.0])),
        trusted=draw(st.booleans()),
        moving=draw(st.booleans()),
    )
    return restarted(found) if draw(st.booleans()) else found, words, present


def restarted(found: Told) -> Told:
    """Return an alert as a console finds it in its store at the next start."""
    return replace(found, versions=tuple(replace(one, before=True) for one in found.versions))


@given(scenes(), st.sampled_from(["", "officer-1", "officer-3"]))
def test_nothing_of_the_entry_before_the_answer(
    scene: tuple[Told, list[Word], Here], officer: str
) -> None:
    """Without details, a card holds no plate, reason, owner or caution text, however it came."""
    found, words, present = scene
    shown = card([found], words, Viewer(officer), present)
    for secret in (*_SECRET.values(), "stolen_vehicle", "Ford"):
        assert secret not in repr(shown)
    if shown.stage is Stage.BLIND:
        assert "secret note" not in repr(shown)
        assert all(not one.answer and one.agreed is None for one in shown.answers)


def test_the_details_hold_what_the_card_must_not() -> None:
    """The control of the test above: with details, the same words are there."""
    plain = alarm()
    found = told(replace(plain, hit=replace(plain.hit, entry=an_entry(**_SECRET))))
    shown = card([found], [word()], Viewer("officer-1", details(found.message, None)), here())
    assert all(secret in repr(shown) for secret in _SECRET.values())


@given(scenes())
def test_a_siren_needs_every_condition(scene: tuple[Told, list[Word], Here]) -> None:
    """What sounds is an untouched, unanswered, live alarm that may sound, by clocks to believe."""
    found, words, present = scene
    if not siren(found, words, present):
        return
    payload = found.message.payload
    assert tone(found, words, present) is Tone.ALARM
    assert payload.grade is Grade.ALARM
    assert payload.handling.siren
    assert not payload.handling.test
    assert not payload.retracts
    assert not found.touched
    assert not any(one.own for one in words)
    assert present.trusted
    assert found.newest.trusted
    newest = found.newest
    waited = (present.now_ns if newest.before else newest.received_ns) - newest.captured_ns
    assert waited <= present.late_after_s * 1e9


def _shown(found: Told, *words: Word, present: Here | None = None, officer: str = "") -> Card:
    return card([found], words, Viewer(officer), present or here())


def test_a_live_alarm_sounds() -> None:
    """The control of the siren's conditions: an alarm of half a second ago sounds."""
    shown = _shown(told(alarm()))
    assert (shown.tone, shown.siren, shown.stage) == (Tone.ALARM, True, Stage.BLIND)
    assert shown.age_s == pytest.approx(1.0)
    assert shown.caution


@pytest.mark.parametrize("tested", [replace(SOUNDS, siren=False), replace(SOUNDS, test=True)])
def test_a_silent_alarm_is_an_alarm(tested: Handling) -> None:
    """Where the rules of the category say silent, or a test, the card stands without a sound."""
    shown = _shown(told(alarm(tested)))
    assert (shown.tone, shown.siren) == (Tone.ALARM, False)


def test_verify_never_sounds() -> None:
    """A verify is shown as such, and is silent."""
    shown = _shown(told(graded(Grade.VERIFY)))
    assert (shown.tone, shown.siren) == (Tone.VERIFY, False)


def test_what_comes_late_is_history() -> None:
    """An alarm that is older than the set age when it comes is history and never a siren."""
    shown = _shown(told(alarm(), after_s=61.0), present=here(62.0))
    assert (shown.tone, shown.siren, shown.late) == (Tone.HISTORY, False, True)


@pytest.mark.parametrize(
    ("there", "receipt", "after_s"),
    [(False, True, 0.5), (True, False, 0.5), (True, True, -11.0)],
    ids=["unit-unset", "console-unset", "from-the-future"],
)
def test_a_time_in_doubt_is_only_verify(there: bool, receipt: bool, after_s: float) -> None:
    """An alarm whose age nobody can tell is shown as verify, with no age, and silent."""
    shown = _shown(told(alarm(trusted=there), after_s=after_s, trusted=receipt))
    assert (shown.tone, shown.siren) == (Tone.VERIFY, False)
    assert (shown.clock_trusted, shown.age_s, shown.late) == (False, None, False)


def test_a_siren_goes_on_until_it_is_touched() -> None:
    """An alarm that came live still sounds after the late age has passed; a touch ends it."""
    late = here(120.0)
    assert _shown(told(alarm()), present=late).siren
    assert not _shown(told(alarm(), touched=True), present=late).siren


def test_a_restart_starts_no_late_siren() -> None:
    """After a restart an untouched alarm stands; it sounds only while it is still news."""
    found = restarted(told(alarm()))
    assert _shown(found, present=here(40.0)).siren
    shown = _shown(found, present=here(90.0))
    assert (shown.tone, shown.siren) == (Tone.ALARM, False)


def test_a_downgrade_is_seen() -> None:
    """An alarm that the unit lowers is shown as taken back, and falls silent."""
    shown = _shown(told(alarm(), graded(Grade.VERIFY, retracts=True)))
    assert (shown.tone, shown.siren, shown.revision) == (Tone.RETRACTED, False, 1)
    assert "Lowered" in shown.withdrawn
    gone = _shown(told(alarm(), graded(Grade.NONE, retracts=True)))
    assert "Taken back" in gone.withdrawn
    assert gone.question is None


def test_a_late_revision_does_not_make_old_what_came_live() -> None:
    """A better picture that comes late leaves an alarm standing."""
    first, better = told(alarm()), told(alarm(), alarm(), after_s=100.0)
    found = replace(better, versions=(first.versions[0], better.versions[1]))
    assert _shown(found, present=here(101.0)).tone is Tone.ALARM


def test_an_alarm_that_becomes_one_late_is_history() -> None:
    """What came live as verify, and late as an alarm, starts no siren."""
    first, raised = told(graded(Grade.VERIFY)), told(graded(Grade.VERIFY), alarm(), after_s=100.0)
    found = replace(raised, versions=(first.versions[0], raised.versions[1]))
    shown = _shown(found, present=here(101.0))
    assert (shown.tone, shown.siren) == (Tone.HISTORY, False)


def test_an_answer_that_differs_lowers_the_card() -> None:
    """Who reads something else than the list says silences the alarm; who agrees as well."""
    differs = _shown(told(alarm()), word(agreed=False), officer="officer-1")
    agrees = _shown(told(alarm()), word(agreed=True), officer="officer-1")
    assert (differs.tone, differs.siren) == (Tone.DIFFERS, False)
    assert (agrees.tone, agrees.siren, agrees.stage) == (Tone.ALARM, False, Stage.REVEALED)


def test_another_officer_at_the_same_console_is_asked_as_well() -> None:
    """An answer reveals nothing to somebody else who logs in."""
    assert stage(Tone.ALARM, [word()], "officer-1") is Stage.REVEALED
    assert stage(Tone.ALARM, [word()], "officer-2") is Stage.BLIND
    assert stage(Tone.ALARM, [word()], "") is Stage.BLIND


def test_another_cars_answer_is_seen_after_ones_own() -> None:
    """Before one's own answer another car's is there without its content, and silences nothing."""
    other = word(Outcome.RESPONDING, agreed=False, answered="7", own=False, officer="officer-9")
    before = _shown(told(alarm()), other, officer="officer-1")
    after = _shown(told(alarm()), other, word(sequence=2), officer="officer-1")
    assert (before.siren, before.answers[0].outcome) == (True, "responding")
    assert (before.answers[0].answer, before.answers[0].agreed) == ("", None)
    assert after.answers[0].answer == "Character 5? 7"
    assert after.answers[0].agreed is False


def test_an_outcome_ends_a_card() -> None:
    """A final outcome makes history of it; that somebody is on the way does not."""
    assert _shown(told(alarm()), word(Outcome.RESPONDING)).tone is Tone.ALARM
    ended = _shown(told(alarm()), word(), word(Outcome.CONFIRMED, sequence=2))
    assert (ended.tone, ended.outcome) == (Tone.HISTORY, "confirmed")


def test_what_lies_for_long_is_history_but_for_an_alarm_that_nobody_touched() -> None:
    """After half an hour a verify is history; an alarm stands until it is looked at."""
    long = here(2000.0)
    assert _shown(told(graded(Grade.VERIFY)), present=long).tone is Tone.HISTORY
    assert _shown(told(alarm()), present=long).tone is Tone.ALARM
    assert _shown(told(alarm(), touched=True), present=long).tone is Tone.HISTORY


def test_passes_of_one_entry_share_a_card() -> None:
    """Seen again: the newest pass is asked about, the earlier ones are listed, the key stays."""
    first, again = told(alarm()), told(alarm(seen_again=True), sequence=2)
    shown = card([first, again], [], Viewer(), here())
    assert (shown.key, shown.number, shown.seen_again) == (first.number, again.number, 1)
    assert [one.number for one in shown.passes] == [first.number]


def test_an_entry_that_ended_is_told() -> None:
    """The checks say that the entry has ended since, by a clock to believe."""
    found = told(alarm())
    ended = datetime.fromisoformat(found.message.payload.entry.expires) + timedelta(days=1)
    now_ns = int(ended.astimezone(UTC).timestamp()) * 1_000_000_000
    assert any("ended since" in one for one in details(found.message, now_ns).checks)
    assert not any("ended since" in one for one in details(found.message, None).checks)


def test_contested_characters_are_told_with_their_shares() -> None:
    """After the answer the doubt stands in words, with what hangs on it."""
    plain = alarm()
    doubt = Contested(5, "3", 0.61, "", 0.37, decides=False)
    found = told(replace(plain, hit=replace(plain.hit, contested=(FIFTH, doubt))))
    told_of = details(found.message, None).contested
    assert told_of[0] == "Character 5 is 3 at 61% or 7 at 37%: the match hangs on it."
    assert told_of[1] == "Character 5 is 3 at 61% or none at 37%."
