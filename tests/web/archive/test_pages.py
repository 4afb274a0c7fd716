"""The archive's pages in a real browser: the fleet, the log-in, a phone, a keyboard alone."""

import re

import pytest
from playwright.sync_api import expect

from tests.web.archive.fake_fleet import chain, unit
from tests.web.archive.kit import Looked, ServedArchive
from tests.web.browser import PHONE
from tests.web.test_console_shift import contrast

pytestmark = pytest.mark.xdist_group("browser-archive")


def test_nothing_without_a_log_in(looked: Looked) -> None:
    """Nobody sees a unit's name before the log-in, on no page."""
    for path in ("/", "/unit/bridge-2", "/report", "/report/page", "/export"):
        looked.open(path)
        expect(looked.page.locator("h1")).to_have_text("Log in")
        assert "main-street" not in looked.page.content()


def test_a_wrong_password(looked: Looked) -> None:
    """A wrong password says so where it was typed, and the right one opens the page asked for."""
    looked.open("/unit/bridge-2")
    looked.page.fill("#password", "guess")
    looked.page.press("#password", "Enter")
    expect(looked.page.locator(".problem")).to_have_text(re.compile("do not belong together"))
    looked.log_in()
    expect(looked.page.locator("h1")).to_have_text("bridge-2")


def test_a_broken_chain_is_red_and_said(auditor: Looked) -> None:
    """A broken chain stands first, in red, with a word and where it broke."""
    page = auditor.page
    expect(page.locator(".lead .bad")).to_have_text("Something is wrong with main-street.")
    row = page.locator("tr.bad").first
    expect(row).to_contain_text("wrong")
    expect(row.locator("strong.bad")).to_have_text("Broken")
    expect(row).to_contain_text("at row 2 071")
    red = row.locator("strong.bad").evaluate("one => getComputedStyle(one).color")
    assert red == "rgb(156, 31, 22)"


def test_what_the_fleet_tells(auditor: Looked) -> None:
    """Last frame, list, waiting letters, a pause, a gap and health's sentences stand there."""
    text = auditor.page.inner_text("main")
    for words in (
        "now", "6 hours ago", "town-71-bcb807ac0ea1, 3 hours old", "paused",
        "2026-11-25 08:00", "rows 4 701 to 4 740 have not come", "the camera delivers nothing",
        "0.6.1", "tess, technician, is on its tuning page",
    ):  # fmt: skip
        assert words in text


def test_news_come_by_themselves(auditor: Looked, archive: ServedArchive) -> None:
    """The page shows what changed without being asked, and keeps the place of the keyboard."""
    page = auditor.page
    page.focus("a[href='/unit/bridge-2']")
    archive.desk.set(units=(unit("bridge-2", problems=("The lens is dirty.",)),))
    page.wait_for_selector("text=The lens is dirty.", timeout=60_000)
    assert page.evaluate("document.activeElement.getAttribute('href')") == "/unit/bridge-2"


def test_by_keyboard_alone(looked: Looked) -> None:
    """Log in, find the broken unit, read its chain back and log out, without a mouse."""
    page = looked.page
    page.focus("#name")
    page.keyboard.press("Tab")
    page.keyboard.type("ada secret")
    page.keyboard.press("Enter")
    page.wait_for_selector(".fleet")
    for selector, title in (
        ("a[href='/unit/main-street']", "main-street"),
        (f"a[href='/chain/main-street/{chain().epoch}']", "What main-street did"),
        ("a[rel=next]", "What main-street did"),
    ):
        _tab_to(looked, selector)
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text(title)
    expect(page.locator("tbody tr").first).to_contain_text("reads 70")
    _tab_to(looked, ".out button")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Log in")


def test_on_a_phone(auditor: Looked) -> None:
    """On a phone nothing is wider than the screen, and every row says what its figures are."""
    page = auditor.page
    page.set_viewport_size(PHONE)
    for path in ("/", "/unit/main-street", "/report", "/export"):
        auditor.open(path)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= PHONE["width"], path
    auditor.open("/")
    label = page.locator("td[data-of='List']").first
    assert label.evaluate("one => getComputedStyle(one, '::before').content") == '"List"'
    small = page.evaluate(
        "() => [...document.querySelectorAll('main a, button')]"
        ".filter(one => one.getBoundingClientRect().height < 38).length"
    )
    assert small == 0


def test_the_report_in_the_browser(auditor: Looked) -> None:
    """The report opens with its style, though the page's policy allows none in it."""
    page = auditor.page
    page.goto(f"{auditor.address}/report/page?since=2026-10-01&until=2026-11-01")
    expect(page.locator("h1")).to_have_text("Number-plate readers, October 2026")
    assert page.locator("svg.plot").count() >= 3
    assert page.locator(".lead").evaluate("one => getComputedStyle(one).fontSize") == "16.8px"
    auditor.open("/report")
    page.fill("#since", "2026-11-02")
    page.fill("#until", "2026-11-01")
    page.press("#until", "Enter")
    expect(page.locator("[role=alert]")).to_have_text("A report begins before it ends.")


def test_export(auditor: Looked, archive: ServedArchive) -> None:
    """The export is made by a button, and where it lies is said; a full disk is said as well."""
    page = auditor.open("/export")
    page.click("text=Export now")
    expect(page.locator(".done")).to_have_text(re.compile(r"19 files, 1,204,511 bytes, in /var"))
    archive.desk.full = True
    page.click("text=Export now")
    expect(page.locator(".problem")).to_have_text(re.compile("the disk is full"))
    assert archive.desk.exports == ["ada"]


def test_strangers_words_are_text(auditor: Looked, archive: ServedArchive) -> None:
    """What a unit says of itself cannot become markup."""
    words = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    archive.desk.set(units=(unit("bridge-2", problems=(words,), software=words, list_name=words),))
    auditor.open("/")
    assert auditor.page.locator("main img, main script").count() == 0
    assert words in auditor.page.inner_text("main")


PAIRS = [
    (ink, ground)
    for ink in ("ink", "quiet", "accent", "bad", "watch", "good", "paused")
    for ground in ("ground", "panel")
] + [("ink", "bad-ground"), ("bad", "bad-ground"), ("quiet", "bad-ground"), ("on-accent", "accent")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(scheme: str) -> None:
    """Every pair of ink and ground has a contrast of at least 4.5 by WCAG's formula."""
    style = (ServedArchive()._pages._static["archive.css"]).decode()
    block = style.split(":root {")[1 if scheme == "light" else 2].split("}")[0]
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))
    poor = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in PAIRS}
    assert {pair: ratio for pair, ratio in poor.items() if ratio < 4.5} == {}


def _tab_to(looked: Looked, selector: str) -> None:
    """Press Tab until *selector* has the focus."""
    for _ in range(60):
        looked.page.keyboard.press("Tab")
        if looked.page.evaluate("one => document.activeElement?.matches(one)", selector):
            return
    raise AssertionError(f"{selector} cannot be reached by the keyboard")
