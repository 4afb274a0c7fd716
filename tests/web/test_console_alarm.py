"""An alarm in a real browser: blind, answered, overridden, heard, taken back."""

from dataclasses import replace

import pytest

from edge.web.console.cards import Tone
from tests.web import samples
from tests.web.browser import Served, Watched

pytestmark = pytest.mark.xdist_group("browser")

SECRETS = (
    "Main Street garage",
    '"category":"stolen_vehicle"',
    "Ford F-150",
    "W-2026-1187",
    "may be armed",
)
LEVEL = "async () => (await import('/static/sound.js')).level()"
LOUD = "async (least) => (await import('/static/sound.js')).level() > least"


def alarm(served: Served, **changes) -> str:
    card = samples.card(9, **changes)
    served.desk.put(card, samples.details())
    return card.number


def test_an_alarm_takes_the_main_area_with_its_picture_uncovered(officer: Watched, served: Served):
    """Large crop, caution, place, course, distance and age at once; nothing lies over the crop."""
    served.desk.put(samples.verify(3), samples.details())
    officer.page.wait_for_selector(".card.tone-verify")
    alarm(served)
    page = officer.page
    page.wait_for_selector(".card.tone-alarm")
    words = page.inner_text("#main")
    for said in ("CAUTION", "Broad Street, northbound", "heading north", "430 m", "s ago"):
        assert said in words
    box = page.locator(".card .crop").bounding_box()
    assert box is not None
    assert box["width"] * box["height"] > 0.3 * 1024 * 600
    for x in (0.05, 0.5, 0.95):
        for y in (0.05, 0.5, 0.95):
            spot = [box["x"] + x * box["width"], box["y"] + y * box["height"]]
            over = "([x, y]) => document.elementFromPoint(x, y).closest('.crop') !== null"
            assert page.evaluate(over, spot)
    assert "Alarm." in page.inner_text("#alarmed")


def test_before_the_answer_the_browser_knows_nothing_of_the_entry(officer: Watched, served: Served):
    """Neither the page nor any answer of the server has plate, category, reason or caution.

    Control: after the answer the same search finds each of them.
    """
    number = alarm(served)
    officer.page.wait_for_selector(".choice:enabled")
    before = officer.texts()
    assert "Broad Street" in before
    assert [secret for secret in (*SECRETS, "BK40317") if secret in before] == []
    officer.page.click("[data-key='1']")
    officer.page.wait_for_selector(".card.told")
    after = officer.texts()
    assert [secret for secret in (*SECRETS, "BK40317") if secret not in after] == []
    assert ("answer", number, "1") in served.desk.acts


def test_a_right_answer_shows_details_gates_checks_and_outcomes(officer: Watched, served: Served):
    """Listed beside read with the doubt marked, reason, four gates, what to check, verify first."""
    number = alarm(served)
    officer.page.click("[data-key='1']")
    page = officer.page
    page.wait_for_selector(".card.told")
    words = page.inner_text("#main")
    for said in ("Verify with dispatch before any stop", "Stolen vehicle", "white Ford F-150"):
        assert said in words
    assert page.locator(".gate").count() == 4
    assert page.locator(".checks li").count() == 3
    contested = page.locator(".plate:first-child .slot.contested")
    assert contested.count() == 1
    assert contested.get_attribute("data-char") == "1"
    page.click(".outcome >> text=Confirmed")
    page.wait_for_selector(".outcome[aria-pressed='true']")
    assert ("outcome", number, "confirmed", "", "") in served.desk.acts


@pytest.mark.parametrize(
    ("key", "answer", "said"),
    [
        ("7", "7", "You read it differently"),
        ("-", "neither", "differently"),
        ("=", "unsure", "not tell"),
    ],
)
def test_another_answer_is_told_as_such(
    officer: Watched, served: Served, key: str, answer: str, said: str
):
    """A wrong read, neither, and can't tell each reach the desk and head the card."""
    number = alarm(served)
    officer.page.wait_for_selector(".choice:enabled")
    officer.page.keyboard.press(key)
    officer.page.wait_for_selector(f".head h2:has-text('{said}')")
    assert ("answer", number, answer) in served.desk.acts


def test_a_digit_key_never_stands_for_another_digit(officer: Watched, served: Served):
    """Where 1 and 7 are asked for, the key 2 answers nothing, though 7 is the second choice."""
    alarm(served)
    officer.page.wait_for_selector(".choice:enabled")
    officer.page.keyboard.press("2")
    officer.page.keyboard.press("7")
    officer.page.wait_for_selector(".card.told")
    assert [act[2] for act in served.desk.acts if act[0] == "answer"] == ["7"]


def test_a_whole_plate_is_typed_only_while_standing(officer: Watched, served: Served):
    """Standing there is a field for it; when the car moves it goes away, and one tap remains."""
    asked = replace(samples.BY_MATCH, typing=True)
    number = alarm(served, question=asked)
    officer.page.wait_for_selector(".typing")
    served.desk.set(moving=True, speed_kmh=63.0)
    alarm(served, question=samples.BY_MATCH)
    officer.page.wait_for_selector(".typing", state="detached")
    assert "one tap" in officer.page.inner_text("#status")
    served.desk.set(moving=False, speed_kmh=0.0)
    alarm(served, question=asked)
    officer.page.wait_for_selector(".typing")
    officer.page.keyboard.press("t")
    officer.page.keyboard.type("bk40317")
    officer.page.keyboard.press("Enter")
    officer.page.wait_for_selector(".card.told")
    assert ("answer", number, "bk40317") in served.desk.acts


def test_what_is_typed_survives_a_change_beside_it(officer: Watched, served: Served):
    """A new alert, or a revision of this one, takes neither the words nor the cursor away."""
    asked = replace(samples.BY_MATCH, typing=True)
    alarm(served, question=asked)
    officer.page.wait_for_selector(".choice:enabled")
    officer.page.keyboard.press("t")
    officer.page.keyboard.type("BK4")
    alarm(served, question=asked, revision=1, place="Broad Street, bridge")
    officer.page.wait_for_selector(".place:has-text('bridge')")
    officer.page.keyboard.type("03")
    assert officer.page.input_value(".typing input") == "BK403"


def test_the_rest_of_a_word_is_no_answer_when_its_field_goes(officer: Watched, served: Served):
    """The car starts while a plate is typed: the digits that still come answer nothing."""
    alarm(served, question=replace(samples.BY_MATCH, typing=True))
    officer.page.wait_for_selector(".typing")
    officer.page.keyboard.press("t")
    officer.page.keyboard.type("BK4")
    served.desk.set(moving=True, speed_kmh=20.0)
    alarm(served, question=samples.BY_MATCH)
    officer.page.wait_for_selector(".typing", state="detached")
    officer.page.keyboard.type("0317")
    assert served.desk.acts == []
    officer.page.keyboard.press("Escape")


def test_urgent_shows_everything_with_one_key(officer: Watched, served: Served):
    """U reveals unasked, and the desk is told that it was an override."""
    number = alarm(served)
    officer.page.wait_for_selector(".urgent:enabled")
    officer.page.keyboard.press("u")
    officer.page.wait_for_selector(".card.told")
    assert "shown unasked" in officer.page.inner_text(".head").lower()
    assert ("urgent", number) in served.desk.acts


def test_an_answer_to_a_question_that_is_gone_is_refused(officer: Watched, served: Served):
    """The question on the screen goes with the answer; where another is asked by now, it is no."""
    number = alarm(served, question=samples.BY_MATCH)
    stale = {"answer": "1", "kind": "character", "position": 6, "choices": ["1", "7"]}
    sent = officer.page.evaluate(
        "async ([n, words]) => (await import('/static/api.js')).act(n, 'answer', words)"
        ".catch((e) => e.message)",
        [number, stale],
    )
    assert "look again" in sent
    assert served.desk.acts == []


def test_an_alarm_sounds_louder_and_louder_until_touched(officer: Watched, served: Served):
    """The samples that go to the loudspeaker say so, and silence follows the touch."""
    page = officer.page
    assert page.evaluate(LEVEL) == 0.0
    number = alarm(served)
    page.wait_for_function(LOUD, arg=0.01)
    early = page.evaluate(LEVEL)
    page.wait_for_function(LOUD, arg=max(0.06, 1.5 * early))
    page.click(".card .place")
    page.wait_for_function("async () => (await import('/static/sound.js')).level() < 0.001")
    page.wait_for_function("() => document.querySelector('#tool-sound').innerText.includes('test')")
    assert (
        "touch",
        number,
    ) in served.desk.acts


@pytest.mark.parametrize("end", ["retracted", "other console", "key"])
def test_the_siren_stops_by_itself_or_by_key(officer: Watched, served: Served, end: str):
    """A retraction, a touch elsewhere, and the key M each silence it."""
    alarm(served)
    officer.page.wait_for_function(LOUD, arg=0.01)
    if end == "retracted":
        served.desk.put(samples.retracted(9), samples.details())
    elif end == "other console":
        alarm(served, siren=False)
    else:
        officer.page.keyboard.press("m")
    officer.page.wait_for_function("async () => (await import('/static/sound.js')).level() < 0.001")


def test_what_is_no_alarm_makes_no_sound(officer: Watched, served: Served):
    """Verify, late history and a quiet category are silent; the control is an alarm after them."""
    served.desk.put(samples.verify(3, siren=True), samples.details())
    served.desk.put(samples.history(1), samples.details())
    served.desk.put(samples.card(5, siren=False), samples.details())
    officer.page.wait_for_selector(".card.tone-alarm")
    for _ in range(5):
        assert officer.page.evaluate(LEVEL) == 0.0
    alarm(served)
    officer.page.wait_for_function(LOUD, arg=0.01)


def test_a_downgrade_retracts_visibly(officer: Watched, served: Served):
    """The card stays where it was, struck, with the reason."""
    alarm(served)
    officer.page.wait_for_selector(".card.tone-alarm")
    served.desk.put(samples.retracted(9), samples.details())
    officer.page.wait_for_selector(".card.tone-retracted s")
    words = officer.page.inner_text("#main")
    assert "take no action" in words
    assert "Better frames read another plate" in words
    assert officer.page.locator(".choice").count() == 0


def test_a_second_alarm_waits_while_the_first_is_answered(officer: Watched, served: Served):
    """It is announced and counted, and does not take the buttons from under a finger."""
    alarm(served)
    officer.page.wait_for_selector(".choice:enabled")
    served.desk.put(samples.card(10, place="River Road"), samples.details())
    officer.page.wait_for_selector("#next-alarm")
    assert "Broad Street" in officer.page.inner_text("#main")
    officer.page.keyboard.press("n")
    officer.page.wait_for_selector("#main .place:has-text('River Road')")


def test_others_answers_and_differs_are_shown(officer: Watched, served: Served):
    """What another car says stands on the blind card, as far as the desk lets it out."""
    alarm(served, answers=(samples.other_answer(),))
    officer.page.wait_for_selector(".answers .other")
    assert "R. Diaz, car-12" in officer.page.inner_text(".answers")
    alarm(served, tone=Tone.DIFFERS, question=None, siren=False)
    officer.page.wait_for_selector(".card.tone-differs")
