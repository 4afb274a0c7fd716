"""What an officer sees of a search: before it is sent, and what came of it."""

from datetime import timedelta
from pathlib import Path

import pytest

from edge.cli import main
from edge.cli.search_show import answer_rows, preview
from edge.clock import SystemClock
from edge.config import load
from edge.messages.answer import parse_answer
from edge.plates.syntax import shares
from edge.policy.law import open_law
from edge.policy.search import Rules, judge
from edge.policy.search_outlook import outlook
from edge.services.search_asked import Told
from edge.store.console import ConsoleStore
from tests.alerts import UNIT
from tests.keys.cast import ROSTER, TOWN, keys_folder
from tests.messages.samples import SAMPLES
from tests.services.searching import NOW, a_bundle, a_query
from tests.web.console.stand import PASSWORD, officers_folder


def shown(pattern: str, profile: str, supervisor: str = "") -> str:
    """Return what is shown before a search for *pattern* is sent."""
    query, law = a_query(pattern=pattern), open_law(profile)
    rules = Rules(
        unit=UNIT.name,
        place=UNIT.place,
        law=law.search,
        section=load([]).settings.search,
        roster=ROSTER,
        shares=shares("us-ct", 0.2),
        grants=(),
        seen=lambda _officer, _nonce: False,
    )
    bundle = a_bundle(query, supervisor=supervisor)
    judged = judge(bundle, rules, NOW + timedelta(seconds=1))
    return "\n".join(preview(query, outlook(query, judged, law)))


def test_before_it_is_sent_it_says_how_wide_it_is() -> None:
    """A whole plate needs nobody; a part of one says how much it covers, and who must sign."""
    whole = shown("AB12O45", "strict")
    assert "one whole plate: about one plate in" in whole
    assert "wide     no" in whole
    assert "look-alikes are not searched as well: 8B, 1IL, 2Z, 0DOQ, 5S" in whole
    part = shown("AB1*", "strict")
    assert "part of a plate: about one plate in 15,600" in part
    assert "a supervisor must sign as well" in part
    assert "as well: 8B, 1IL" in part


@pytest.mark.parametrize(
    ("profile", "told"),
    [
        ("strict", "hits alone: the law profile strict"),
        ("us-me", "reads of the last 21 days (law profile us-me)"),
    ],
)
def test_it_says_what_is_searched(profile: str, told: str) -> None:
    """Under strict hits alone, and it says so."""
    assert told in shown("AB12345", profile)


def test_each_unit_has_its_row() -> None:
    """Answered with what was found; refused, late, with the reason; or not answered, and why."""
    found, refused = (parse_answer(words) for words in SAMPLES["answer"])
    said = [Told("bridge-2", found), Told("main-street", refused), Told("pole-9", None)]
    rows = "\n".join(answer_rows(a_query(), said, {"pole-9": "the broker refused"}))
    assert "bridge-2     answered: 2 found; hits alone" in rows
    assert "AB123       us-ct   list: AB123" in rows
    assert "read  2026-01-01T10:00:00.000Z  AB124" in rows
    assert "main-street  refused, late (purpose): no such purpose" in rows
    assert "pole-9       no answer yet: the broker refused" in rows


@pytest.mark.parametrize("since", ["yesterday", "2026-13-01", "5w", ""])
def test_moments_are_written_as_said(since: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What is no moment is refused with how to write one."""
    with pytest.raises(SystemExit):
        main(["search", "AB12345", "--since", since, "--officer", "dana"])
    assert "2h for two hours ago" in capsys.readouterr().err


def test_a_wrong_password_at_the_prompt_is_on_the_chain(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who asks with another's name stands on the console's own record; the right one does not."""
    keys, console = keys_folder(tmp_path / "keys", "car-12"), tmp_path / "console"
    officers_folder(console / "officers")
    site = tmp_path / "site.toml"
    site.write_text(
        f'unit = {{ town = "{TOWN}", name = "car-12" }}\nclock = {{ trust = "always" }}\n'
        f'keys = {{ folder = "{keys}" }}\nconsole = {{ folder = "{console}" }}\n'
    )
    password = tmp_path / "password"
    words = ["search", "--config", str(site), "--collect", "--officer", "dana"]
    for guess, told in ((PASSWORD, ""), ("a guess", "the password is wrong")):
        password.write_text(guess)
        password.chmod(0o600)
        main([*words, "--password-file", str(password)])
        assert told in capsys.readouterr().err
    with ConsoleStore(console, "car-12", SystemClock("always")) as store:
        (number,) = store.audit.numbers("log-in-refused")
        row = store.audit.payload(number)
    assert row is not None
    assert row["officer"] == "dana"
