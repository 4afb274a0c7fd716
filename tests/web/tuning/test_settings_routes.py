"""What the routes about settings let through, and to whom."""

import re
from collections.abc import Iterator

import httpx
import pytest

from tests.web.tuning.fake_desk import ServedTuning

THRESHOLD = {"reader.least_confidence": "0.3"}
READS = ("", "/history", "/back/1", "/job", "/minute")
ACTS = {
    "/propose": {"changes": THRESHOLD},
    "/compare": {"changes": THRESHOLD, "source": "minute"},
    "/save": {"changes": THRESHOLD, "why": "too many signs"},
    "/back": {"number": 1},
    "/job/stop": {},
    "/minute": {"armed": True},
}


class Browser:
    """Asks as the page's script does."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        page = client.get("/").text
        found = re.search(r'name="csrf" content="(\w+)"', page)
        self.csrf = {"x-csrf-token": found[1]} if found else {}

    def get(self, path: str) -> httpx.Response:
        return self.client.get(f"/api/settings{path}")

    def post(self, path: str, words: object) -> httpx.Response:
        return self.client.post(f"/api/settings{path}", json=words, headers=self.csrf)


@pytest.fixture
def browser(served: ServedTuning) -> Iterator[Browser]:
    """Return the browser of a technician."""
    with httpx.Client(base_url=served.address, headers={"origin": served.address}) as client:
        yield Browser(client)


def test_each_act_comes_with_the_technicians_name(served: ServedTuning, browser: Browser) -> None:
    """What the page sends arrives as it was sent; a trial names who is logged in."""
    answers = [browser.post(path, words) for path, words in ACTS.items()]
    assert [one.status_code for one in answers] == [200] * len(ACTS)
    assert served.settings.asked == [
        ("propose", THRESHOLD),
        ("compare", THRESHOLD, "minute"),
        ("save", THRESHOLD, "tess", "too many signs"),
        ("back", 1, "tess", ""),
        ("stop",),
        ("arm", "tess", True),
    ]
    assert answers[0].json()["changes"][0]["new"] == "0.3"
    assert [browser.get(path).status_code for path in READS] == [200] * len(READS)
    named = {one["path"]: one for one in browser.get("").json()["settings"]}
    assert named["reader.least_confidence"]["high"] == 1.0
    assert named["exposure.mode"]["choices"] == ["camera", "plate"]


def test_nobody_without_a_session_or_from_another_page(
    served: ServedTuning, browser: Browser
) -> None:
    """Nothing is told and nothing asked of the unit; with both (above) it is."""
    other = [
        browser.client.post(f"/api/settings{path}", json=words) for path, words in ACTS.items()
    ]
    assert {one.status_code for one in other} == {403}
    served.room.who = ""
    assert {browser.get(path).status_code for path in READS} == {401}
    assert {browser.post(path, words).status_code for path, words in ACTS.items()} == {401}
    assert served.settings.asked == []


def test_what_is_refused_is_said_and_what_is_no_form_is_not(
    served: ServedTuning, browser: Browser
) -> None:
    """A refused value's own sentence reaches the page; odd requests reach nothing."""
    odd: list[dict[str, object]] = [
        {"changes": {}},
        {"changes": {"reader": "0.3"}},
        {"changes": {"reader.least_confidence": 0.3}},
        {"changes": THRESHOLD, "who": "somebody else"},
    ]
    for words in odd:
        assert browser.post("/propose", words).status_code == 422
    assert browser.get("/back/x1").status_code == 404
    assert served.settings.asked == []
    served.settings.refusal = "proposal:2:1: reader.least_confidence: should be at most 1"
    said = browser.post("/save", ACTS["/save"])
    assert said.status_code == 422
    assert said.json() == {"problem": served.settings.refusal}
