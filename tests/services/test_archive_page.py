"""The archive's page over a real store: who is let in, what they see, what stays on the record."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from edge.config import load
from edge.errors import KeysError
from edge.keys.files import make_folder, write
from edge.keys.officers import AT_TOWN_HALL, OfficerFolder
from edge.keys.password import Cost, lock_identity
from edge.keys.roles import Role
from edge.services.archive_page import ArchivePage
from edge.services.keyring import Keyring, open_keyring
from scripts.month import Month
from scripts.month_signed import fill, roster
from tests.archive.places import Place
from tests.fakes import START, FakeClock
from tests.keys.cast import keys_folder, keys_of, put_roster

CHEAP = Cost(passes=1, lanes=1, memory_kb=128)
PASSWORD = "a password for tests"
PLANTED = "MR20418"


@dataclass
class Loop:
    """What the page asks of the archive's loop."""

    version: int = 1
    problems: tuple[str, ...] = ("the broker does not answer",)


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Month:
    """Return four days in which everybody wrote a plate into every text."""
    folder = tmp_path_factory.mktemp("month")
    return Month(folder, days=4, seed=3, planted=PLANTED).write()


class Hall:
    """An archive with the month in it, and its page."""

    def __init__(self, folder: Path, month: Month) -> None:
        self.folder = folder
        self.clock = FakeClock()
        keys = keys_folder(folder / "keys", "archive", roster=roster())
        file = folder / "site.toml"
        file.write_text(
            f'[keys]\nfolder = "{keys}"\n[archive]\nfolder = "{folder}/archive"\nport = 0\n'
        )
        self.settings = load([file]).settings
        self.keyring: Keyring = open_keyring(keys, self.clock, {Role.ARCHIVE})
        self.store = Place(folder / "archive").store(self.clock).open()
        fill(month, self.store, START)
        officers = folder / "archive" / "officers"
        make_folder(officers)
        for name in ("ada", "sue"):
            blob = lock_identity(keys_of(name), PASSWORD, CHEAP)
            write(officers / f"{name}.officer", blob, private=True)
        self.loop = Loop()
        self.page: ArchivePage | None = None

    def start(self) -> httpx.Client:
        """Serve the page, and return a browser that has seen it."""
        self.stop()
        self.page = ArchivePage(self.settings, self.keyring, self.store, self.loop, self.clock)
        address = f"http://127.0.0.1:{self.page.start()}"
        return httpx.Client(base_url=address, headers={"origin": address})

    def stop(self) -> None:
        if self.page is not None:
            self.page.stop()
            self.page = None

    def acts(self, kind: str) -> list[dict[str, object]]:
        """Return the payloads of one kind on the archive's own chain."""
        rows = self.store.acts([kind])
        return [row.payload or {} for row in rows if row.name == "archive"]


@pytest.fixture
def hall(tmp_path: Path, month: Month) -> Iterator[Hall]:
    """Return an archive with the month in it."""
    one = Hall(tmp_path, month)
    yield one
    one.stop()
    one.store.close()


@pytest.fixture
def browser(hall: Hall) -> Iterator[httpx.Client]:
    """Return a browser at the archive's page."""
    with hall.start() as client:
        yield client


def log_in(client: httpx.Client, name: str = "ada", password: str = PASSWORD) -> httpx.Response:
    """Try to log in from the page."""
    client.headers["x-csrf-token"] = proof(client)
    return client.post("/api/log-in", json={"name": name, "password": password})


def proof(client: httpx.Client) -> str:
    """Return the token that the page brings."""
    found = re.search(r'name="csrf" content="([0-9a-f]+)"', client.get("/").text)
    assert found
    return found[1]


def test_a_log_in_is_on_the_chain(hall: Hall, browser: httpx.Client) -> None:
    """Log-in and log-out stand on the archive's chain with name, role and session."""
    assert browser.get("/").status_code == 401
    assert log_in(browser).json() == {"go": "/"}
    assert browser.get("/").status_code == 200
    (told,) = hall.acts("log-in")
    assert (told["officer"], told["role"]) == ("ada", "auditor")
    browser.headers["x-csrf-token"] = proof(browser)
    browser.post("/api/log-out", json={}).raise_for_status()
    assert hall.acts("log-out")[0]["session"] == told["session"]
    assert browser.get("/").status_code == 401


def test_wrong_passwords_are_waited_for_over_a_restart(hall: Hall, browser: httpx.Client) -> None:
    """After slips there is a wait, on the record, and a restart does not forget it."""
    for _ in range(4):
        hall.clock.advance(10.0)
        assert log_in(browser, password="a guess at it").status_code == 401
    assert [one["in_a_row"] for one in hall.acts("log-in-refused")] == [1, 2, 3, 4]
    with hall.start() as again:
        answer = log_in(again)
        assert answer.status_code == 401
        assert "wait" in answer.json()["problem"]
        hall.clock.advance(60.0)
        assert log_in(again).status_code == 200
    with hall.start() as third:
        assert log_in(third).status_code == 200


def test_a_patrol_officer_is_not_let_in(hall: Hall, browser: httpx.Client) -> None:
    """The key of somebody who is neither supervisor nor auditor opens nothing here."""
    blob = lock_identity(keys_of("dana"), PASSWORD, CHEAP)
    write(hall.folder / "archive" / "officers" / "dana.officer", blob, private=True)
    assert log_in(browser, "dana").status_code == 500
    assert hall.acts("log-in") == []
    folder = OfficerFolder(hall.folder / "new", CHEAP, AT_TOWN_HALL)
    with pytest.raises(KeysError, match="choose supervisor or auditor"):
        folder.add("dana", Role.OFFICER, "windsor", PASSWORD)


def test_who_leaves_the_roster_sees_no_more(hall: Hall, browser: httpx.Client) -> None:
    """A session ends with the next page once its key is off the roster."""
    assert log_in(browser).status_code == 200
    known = roster()
    parties = tuple(one for one in known.parties if one.name != "ada")
    put_roster(hall.folder / "keys", replace(known, sequence=2, parties=parties))
    hall.clock.advance(5.0)
    hall.keyring.rosters.refresh()
    assert browser.get("/").status_code == 401


def test_a_request_that_our_page_did_not_make(hall: Hall, browser: httpx.Client) -> None:
    """Without the page's token, or from another origin, nothing is done."""
    log_in(browser)
    del browser.headers["x-csrf-token"]
    assert browser.post("/api/export", json={}).status_code == 403
    browser.headers["x-csrf-token"] = proof(browser)
    other = {"origin": "http://evil.example"}
    assert browser.post("/api/export", json={}, headers=other).status_code == 403
    assert hall.acts("export") == []


def test_the_fleet_is_what_the_store_holds(hall: Hall, browser: httpx.Client) -> None:
    """Units with their rows, those that were never heard, and the loop's problems stand there."""
    log_in(browser)
    text = browser.get("/").text
    assert "the broker does not answer" in text
    for one in hall.store.chains():
        assert f'href="/unit/{one.name}"' in text
    assert "no row of it is held" in text  # listen, a console of the cast, has never said a word
    unit = browser.get("/unit/bridge-2").text
    assert "whole, " in unit
    assert "profile strict" not in unit  # its chain tells of no settings: not known
    assert "profile strict" in browser.get("/unit/main-street").text
    assert browser.get("/unit/nobody").status_code == 404
    hall.loop.version = 2
    assert 'data-version="2"' in browser.get("/").text


def test_a_pause_is_shown_until_it_is_over(hall: Hall, browser: httpx.Client) -> None:
    """A pause in force shows with its end; one that was lifted does not."""
    log_in(browser)
    assert "paused" not in browser.get("/").text
    until = "2026-02-01T00:00:00.000Z"
    pause = {"act": "begun", "number": "ab", "until": until}
    hall.store.record("pause", pause)
    assert ">2026-02-01 00:00<" in browser.get("/").text
    hall.store.record("pause", {**pause, "act": "lifted"})
    assert "paused" not in browser.get("/").text


def test_no_plate_is_on_any_page(hall: Hall, browser: httpx.Client, month: Month) -> None:
    """Whatever people wrote on the chains, no page shows a plate; control: the chains hold it."""
    log_in(browser)
    seen = ""
    for one in hall.store.chains():
        path = f"/chain/{one.name}/{one.epoch}"
        for before in range(one.number + 1, 0, -50):
            seen += browser.get(path, params={"before": before}).text
        seen += browser.get(f"/unit/{one.name}").text
    days = {"since": month.since[:10], "until": month.until[:10]}
    seen += browser.get("/report/page", params=days).text
    assert len(seen) > 500_000
    assert PLANTED not in seen.upper()
    assert any(PLANTED in str(row.payload) for row in hall.store.acts(["search"]))
    assert "the council voted to pause the readers ▮▮▮" in seen


def test_the_report_is_the_one_that_is_counted(hall: Hall, browser: httpx.Client) -> None:
    """The preview has the figures of the chains; days that are none are said."""
    log_in(browser)
    text = browser.get("/report/page", params={"since": "2026-10-01", "until": "2026-10-05"}).text
    reads = sum(
        row.payload["reads"]
        for row in hall.store.acts(["hour"])
        if row.payload and "2026-10-01" <= row.payload["since"] < "2026-10-05"
    )
    assert f"<strong>{reads:,}</strong>".replace(",", "\u202f") in text
    wrong = browser.get("/report/page", params={"since": "2026-10-32", "until": "2026-11-05"})
    assert wrong.status_code == 422
    assert "is no date" in wrong.text


def test_an_export_names_who_asked(hall: Hall, browser: httpx.Client) -> None:
    """The button writes a folder with a manifest, and the chain says who pressed it."""
    log_in(browser, "sue")
    browser.headers["x-csrf-token"] = proof(browser)
    answer = browser.post("/api/export", json={})
    assert answer.is_success, answer.text
    (folder,) = (hall.folder / "archive" / "exports").iterdir()
    assert str(folder) in answer.json()["done"]
    assert (folder / "manifest.signed").exists()
    assert hall.acts("export")[0]["why"] == "asked for on the page by sue"


def test_a_session_times_out(hall: Hall, browser: httpx.Client) -> None:
    """Who does nothing for the time-out is logged out, on the record, by the loop's step."""
    log_in(browser)
    hall.clock.advance(hall.settings.archive.session_timeout_s + 1)
    assert hall.page is not None
    hall.page.step(hall.clock.now())
    assert hall.acts("log-out")[0]["why"] == "timed out"


def test_rows_of_one_chain_in_pages(hall: Hall, browser: httpx.Client) -> None:
    """Older and newer lead through all rows, each shown once."""
    log_in(browser)
    one = next(state for state in hall.store.chains() if state.name == "dispatch")
    path, seen = f"/chain/dispatch/{one.epoch}", list[int]()
    while path:
        text = browser.get(path).text
        seen += [
            int(n.replace("\u202f", ""))
            for n in re.findall(r'scope="row" class="n">([^<]+)<', text)
        ]
        older = re.search(r'rel="next" href="([^"]+)"', text)
        path = older[1] if older else ""
    assert seen == list(range(one.number, 0, -1))


def test_words_that_were_changed_are_not_shown(hall: Hall, browser: httpx.Client) -> None:
    """Who writes other words into the archive's database sees that they are not the row's own."""
    log_in(browser)
    one = next(state for state in hall.store.chains() if state.name == "bridge-2")
    path = f"/chain/bridge-2/{one.epoch}?before=12"
    assert "not the words" not in browser.get(path).text
    with closing(sqlite3.connect(hall.folder / "archive" / "archive.db")) as db, db:
        db.execute("UPDATE chain_payloads SET payload = '{\"reads\":77777}' WHERE number = 10")
    text = browser.get(path).text
    assert "not the words that the row was made with" in text
    assert "77777" not in text
