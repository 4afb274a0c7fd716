"""What strangers may try: an alert that is an attack, a foreign page, a stolen or lost cookie."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import httpx
import pytest

from edge.web.console.cards import GateLine, Pass
from edge.web.console.views import TEXT_LIMIT, clean, plain
from edge.web.headers import BODY_LIMIT, HEADERS
from tests.web import samples
from tests.web.browser import Served, Watched

pytestmark = pytest.mark.xdist_group("browser")

EVIL = (
    "<script>window.owned=1;alert(1)</script><img src=x onerror='window.owned=1'>"
    "\"'><svg onload=alert(2)>{{7*7}}${7*7}javascript:alert(3)"
)
MARKS = "\u202egnp.exe\u202c \u0000\u0007\u200b \u2066x\u2069"


def hostile_card(text: str):
    return samples.card(
        9,
        place=text,
        unit=text,
        direction=text,
        at=text,
        key=text,
        withdrawn=text,
        question=replace(samples.BY_MATCH, sentence=text, read=text),
        passes=(Pass(text, text, text),),
        answers=(
            samples.other_answer(console=text, officer=text, answer=text, note=text, at=text),
        ),
        number=samples.number(9),
    )


def hostile_details(text: str):
    return samples.details(
        reason=text,
        caution=text,
        owner=text,
        entry_id=text,
        entered=text,
        expires=text,
        category=text,
        vehicle=text,
        jurisdiction=text,
        read_raw=text,
        contested=(text,),
        checks=(text,),
        verify=text,
        software=text,
        list_version=text,
        gates=(GateLine(text, text, text),),
    )


@pytest.mark.parametrize("text", [EVIL, MARKS + EVIL, "A" * 20_000])
def test_a_hostile_alert_is_text_and_nothing_else(officer: Watched, served: Served, text: str):
    """Script and markup in every field, unseen marks, huge fields: shown, never run, page alive."""
    served.desk.put(hostile_card(text), hostile_details(text), right="match")
    served.desk.set(gaps=(text,), problems=(text,), broker=text, online=False)
    page = officer.page
    page.wait_for_selector(".choice:enabled")
    page.keyboard.press("1")
    page.wait_for_selector(".card.told")
    if "<script>" in text:
        assert "<script>window.owned=1" in page.inner_text("#main")
    assert page.evaluate("window.owned") is None
    assert page.evaluate("document.querySelectorAll('#main script, #main [onerror]').length") == 0
    assert "\u202e" not in page.content()
    assert page.evaluate("document.documentElement.scrollWidth") <= 1024
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open]")


def test_the_policy_stops_what_our_own_slip_would_let_in(officer: Watched):
    """Control: markup set as a string throws, and an inline script does not run; both are told."""
    thrown = officer.page.evaluate(
        "() => { try { document.getElementById('told').innerHTML = '<b>x</b>' }"
        " catch (error) { return error.name } return 'none' }"
    )
    assert thrown == "TypeError"
    officer.page.evaluate(
        "() => { const one = document.createElement('img'); one.src = 'http://127.0.0.2:9/x.png';"
        " document.body.append(one); one.remove() }"
    )
    officer.page.wait_for_function("() => window.refused.length >= 2")
    assert {"require-trusted-types-for", "img-src"} <= {
        one.split()[0] for one in officer.violations()
    }
    officer.page.evaluate("window.refused = []")


def test_wrong_types_are_shown_and_break_nothing(officer: Watched, served: Served):
    """A number for a name, a list for a time, not-a-number: the card stands, the page goes on."""
    wrong = samples.card(9, place=12345, direction=["x"], at=None, unit={"a": 1}, outcome=7)
    served.desk.put(replace(wrong, age_s=float("nan"), distance_m=float("inf")), samples.details())
    officer.page.wait_for_selector(".card.tone-alarm")
    assert "12345" in officer.page.inner_text("#main")
    served.desk.put(samples.card(10, place="the next one"), samples.details())
    officer.page.wait_for_selector("#next-alarm")


def test_texts_are_cut_and_cleaned_before_they_leave():
    """What has no shape or turns the writing becomes a visible mark; lengths are bounded."""
    assert clean("a\u202eb\x00c\u200dd\ne") == "a\ufffdb\ufffdc\ufffdd e"
    assert len(clean("x" * 10_000)) == TEXT_LIMIT
    assert plain({"a": float("nan"), "b": object}) == {"a": None, "b": str(object)}
    assert plain(frozenset({"b", "a"})) == ["a", "b"]


def test_a_lost_cookie_leads_to_log_in_and_keeps_the_alarm(officer: Watched, served: Served):
    """The alarm stays large, the answer asks for the password, and is taken after it."""
    served.desk.put(samples.card(9), samples.details())
    page = officer.page
    page.wait_for_selector(".choice:enabled")
    page.context.clear_cookies()
    page.keyboard.press("1")
    page.wait_for_selector(".ask.locked .log-in")
    assert served.desk.acts == []
    assert "Broad Street" in page.inner_text("#main")
    officer.log_in()
    page.wait_for_selector(".choice:enabled")
    page.keyboard.press("1")
    page.wait_for_selector(".card.told")


def test_a_password_that_is_being_typed_survives_an_alarm(watched: Watched, served: Served):
    """An alarm and its touch draw the page again; what was typed, and the cursor, stay."""
    served.desk.put(samples.card(9), samples.details())
    page = watched.page
    page.wait_for_selector(".ask.locked .log-in")
    page.click("#log-in-password")
    page.keyboard.type("A. Moreau")
    served.desk.put(samples.card(9, revision=1, place="Elm Street"), samples.details())
    page.wait_for_selector(".place:has-text('Elm Street')")
    page.keyboard.type(" secret")
    page.keyboard.press("Enter")
    page.wait_for_selector("#tool-lock:visible")


def test_a_wrong_password_is_refused_in_words(watched: Watched):
    """The sentence of the officers' book stands beside the form; the page stays locked."""
    watched.page.fill("#log-in-password", "wrong")
    watched.page.click("#log-in-send")
    watched.page.wait_for_selector(".problem:has-text('do not fit')")
    assert watched.page.locator("#tool-lock").is_hidden()
    watched.trouble.clear()


def test_locking_takes_the_details_off_the_screen(officer: Watched, served: Served):
    """After the lock nothing of the entry is left in the page."""
    served.desk.put(samples.card(9), samples.details())
    officer.page.click("[data-key='1']")
    officer.page.wait_for_selector(".card.told")
    officer.page.keyboard.press("l")
    officer.page.wait_for_selector(".log-in-page")
    assert "Main Street garage" not in officer.page.content()


@contextmanager
def logged_in(served: Served) -> Iterator[tuple[httpx.Client, dict[str, str]]]:
    """Give a client that is logged in, and the headers that its acts need."""
    with httpx.Client(base_url=served.address) as client:
        token = client.get("/api/desk").json()["csrf"]
        headers = {"origin": served.address, "x-csrf-token": token}
        words = {"name": "A. Moreau", "password": "A. Moreau secret"}
        came = client.post("/api/log-in", json=words, headers=headers)
        assert came.status_code == 200
        yield client, {**headers, "x-csrf-token": came.json()["csrf"]}


def test_no_act_without_token_origin_and_session(served: Served):
    """Each guard alone refuses; all together let the act through, which is the control."""
    served.desk.put(samples.card(9), samples.details())
    act = f"/api/card/{samples.number(9)}/urgent"
    with logged_in(served) as (client, headers):
        for missing, status in (("x-csrf-token", 403), ("origin", 403)):
            kept = {name: value for name, value in headers.items() if name != missing}
            assert client.post(act, json={}, headers=kept).status_code == status
        foreign = {**headers, "origin": "http://evil.example"}
        assert client.post(act, json={}, headers=foreign).status_code == 403
        rebound = {**headers, "host": "evil.example"}
        assert client.post(act, json={}, headers=rebound).status_code == 421
        assert client.post(act, json={"x": 1}, headers=headers).status_code == 422
        assert client.post(act, content=b"{" * BODY_LIMIT, headers=headers).status_code == 422
        with httpx.Client(base_url=served.address) as nobody:
            token = nobody.get("/api/desk").json()["csrf"]
            unknown = {**headers, "x-csrf-token": token}
            assert nobody.post(act, json={}, headers=unknown).status_code == 401
            assert nobody.post(act, json={}, headers=headers).status_code == 403
        assert served.desk.acts == []
        assert client.post(act, json={}, headers=headers).status_code == 200
    assert served.desk.acts == [("urgent", samples.number(9))]


def test_cookies_and_answers_are_strict(served: Served):
    """HttpOnly, SameSite=Strict, never cached, strict headers on pages, crops and errors alike."""
    served.desk.put(samples.card(9), samples.details())
    with httpx.Client(base_url=served.address) as client:
        cookie = client.get("/").headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        paths = (
            "/",
            f"/crops/{samples.number(9)}",
            "/api/desk",
            "/static/main.js",
            "/no",
            "/tiles/1/1/1.png",
        )
        for path in paths:
            answer = client.get(path)
            assert {name: answer.headers[name] for name in HEADERS} == HEADERS, path
            assert answer.headers["cache-control"] == "no-store"


def test_a_session_token_is_new_after_log_in(served: Served):
    """A token that was planted before the log-in names nobody's session after it."""
    planted = "planted-token-0123456789"
    with httpx.Client(base_url=served.address, cookies={"edge": planted}) as victim:
        token = victim.get("/api/desk").json()["csrf"]
        headers = {"origin": served.address, "x-csrf-token": token}
        words = {"name": "A. Moreau", "password": "A. Moreau secret"}
        came = victim.post("/api/log-in", json=words, headers=headers)
        assert came.cookies["edge"] != planted
    with httpx.Client(base_url=served.address, cookies={"edge": planted}) as thief:
        assert thief.get("/api/desk").json()["state"]["officer"] is None
    with httpx.Client(base_url=served.address, cookies={"edge": came.cookies["edge"]}) as officer:
        assert officer.get("/api/desk").json()["state"]["officer"] == "A. Moreau"


def test_a_late_answer_does_not_put_the_old_cookie_back(served: Served):
    """Only a browser without a cookie is given one; a session's is never written over."""
    with httpx.Client(base_url=served.address) as client:
        assert "set-cookie" in client.get("/api/desk").headers
        assert "set-cookie" not in client.get("/api/desk").headers
        assert "set-cookie" not in client.get("/").headers


def test_only_files_of_the_page_are_served(served: Served):
    """No path leads out of the folder."""
    with httpx.Client(base_url=served.address) as client:
        for path in ("/static/..%2fapp.py", "/static/%2e%2e/auth.py", "/static/main.py"):
            assert client.get(path).status_code == 404
