"""The forecast against a replay by the real matcher and gates, and the command."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from edge.cli import main
from edge.config import load
from edge.config.settings import Settings
from edge.errors import ConfigError
from edge.hotlist.forecast import Forecast, forecast
from edge.hotlist.forecast_reader import Confusion, Passes, load_confusion
from edge.hotlist.index import Hotlist
from edge.plates.alphabet import CHARACTERS
from tests.fakes import START
from tests.hotlist.lists import listed, write
from tests.hotlist.simulate import Counts, Replay, random_list

NOW = datetime.fromtimestamp(START.utc_ns / 1e9, UTC)
HOME = "us-de"  # a million serials: chance hits are many
READS = 20_000
RULES = ("told", "alarm", "exact", "exact_anywhere")


def crowded() -> tuple[Settings, Confusion]:
    """Return a place with few serials and a bad reader, so that chance hits are many."""
    settings = load([]).settings
    policy = settings.policy.model_copy(update={"foreign_share": 0.3})
    table = load_confusion().model_copy(update={"wrong_other": 0.04, "doubtful": 0.03})
    return settings.model_copy(update={"policy": policy}), table


def foretold(hotlist: Hotlist, settings: Settings, table: Confusion, home: str) -> Forecast:
    return forecast(hotlist, settings.hotlist, settings.policy, home, table, NOW)


@pytest.fixture(scope="module")
def both() -> tuple[Forecast, Counts, Counts]:
    """Return forecast and replays of innocent and of listed cars."""
    settings, table = crowded()
    hotlist = random_list(np.random.default_rng(1), 100_000, HOME, 0.9, unsaid=0.02)
    replay = Replay(hotlist, settings, HOME, table, seed=2)
    hits = replay.listed(np.random.default_rng(3), 1_000)
    return foretold(hotlist, settings, table, HOME), replay.innocent(READS), hits


@pytest.mark.parametrize("rule", RULES)
def test_within_a_factor_of_two_of_a_replay(
    both: tuple[Forecast, Counts, Counts], rule: str
) -> None:
    """100,000 entries, 20,000 innocent cars: each rule's false alerts come as foretold."""
    found, counts, _ = both
    expected = getattr(found, rule).total * READS
    seen = getattr(counts, rule)
    assert seen >= 15, "too few to say anything"
    assert 0.5 < seen / expected < 2.0


def test_true_hits(both: tuple[Forecast, Counts, Counts]) -> None:
    """The share of listed cars that alarm, and that are told at all, comes as foretold."""
    found, _, counts = both
    assert counts.alarm / counts.reads == pytest.approx(found.true_alarm, abs=0.05)
    assert counts.told / counts.reads == pytest.approx(found.true_told, abs=0.03)


def test_causes(tmp_path: Path) -> None:
    """A perfect reader misreads nothing; where all cars are of one place no text comes twice."""
    settings, table = crowded()
    perfect = table.model_copy(update={"wrong_other": 0.0, "doubtful": 0.0, "wrong_pairs": {}})
    hotlist = listed(tmp_path, {"plate": "AB12345", "jurisdiction": "us-ct"})
    found = foretold(hotlist, settings, perfect, "us-ct")
    assert found.told.misread == 0.0
    assert found.told.collision > 0.0
    alone = settings.policy.model_copy(update={"foreign_share": 0.0})
    found = foretold(hotlist, settings.model_copy(update={"policy": alone}), table, "us-ct")
    assert found.told.collision == 0.0
    assert found.told.misread > 0.0


def test_no_jurisdiction_never_alarms(tmp_path: Path) -> None:
    """An entry that does not say where its plate is from stops more cars, and alarms for none."""
    settings, table = crowded()
    stated = listed(tmp_path, {"plate": "AB12345", "jurisdiction": "us-ct"})
    unstated = listed(tmp_path, {"plate": "AB12345", "jurisdiction": ""})
    told = [foretold(one, settings, table, "us-ct") for one in (stated, unstated)]
    assert told[1].alarm.total == 0.0 < told[0].alarm.total
    assert told[1].told.collision > 2.0 * told[0].told.collision


def test_twins_never_alarm(tmp_path: Path) -> None:
    """O and 0 both on the list: neither alarms, and the share of true hits says so."""
    settings, table = crowded()
    rows = [{"plate": plate, "jurisdiction": "us-ct"} for plate in ("AO12345", "A012345")]
    found = foretold(listed(tmp_path, *rows), settings, table, "us-ct")
    assert found.true_alarm == 0.0
    assert found.true_told > 0.7


def test_wildcards_cost_what_they_cover(tmp_path: Path) -> None:
    """A wildcard is told for each car that it covers; it never alarms."""
    settings, table = crowded()
    rows = [{"plate": "AB1234?", "jurisdiction": "us-ct"}, {"plate": "AB12*", "jurisdiction": ""}]
    narrow = foretold(listed(tmp_path, rows[0]), settings, table, "us-ct")
    wide = foretold(listed(tmp_path, *rows), settings, table, "us-ct")
    assert 0.0 < 50.0 * narrow.told.wildcard < wide.told.wildcard < 1e-3
    assert wide.alarm.total == 0.0


def test_expired_entries_stop_nobody(tmp_path: Path) -> None:
    """What is dead, or not there, costs nothing."""
    settings, table = crowded()
    dead = listed(tmp_path, {"entered": "2024-01-01", "expires": "2025-01-01"})
    for hotlist in (dead, listed(tmp_path)):
        found = foretold(hotlist, settings, table, "us-ct")
        assert [getattr(found, rule).total for rule in RULES] == [0.0] * 4


def test_passes_are_chances() -> None:
    """The chance of a product of doubtful slots is what drawing them gives."""
    table = load_confusion().model_copy(update={"doubtful": 0.3, "clear": 0.9999})
    passes = Passes(table, 0.0, 10)
    rng = np.random.default_rng(1)
    shares = np.where(rng.random((200_000, 7)) < 0.3, np.sqrt(rng.random((200_000, 7))), 1.0)
    for least in (0.05, 0.5, 0.9):
        drawn = (shares.prod(axis=1) * passes.base >= least).mean()
        assert passes.at_least(7, least) == pytest.approx(drawn, abs=0.005)
    rivals = (1.0 - np.sqrt(rng.random(200_000))) * shares[:, :6].prod(axis=1)
    assert passes.rival_at_least(6, 0.2) == pytest.approx((rivals >= 0.2).mean(), abs=0.005)


def test_the_table_of_confusion() -> None:
    """Rivals are a distribution; pairs count both ways; the packed one says what it was made of."""
    table = load_confusion()
    assert table.rivals().sum(axis=1) == pytest.approx(np.ones(36))
    zero, letter = CHARACTERS.index("0"), CHARACTERS.index("O")
    wrong = table.wrong()
    assert wrong[zero, letter] == wrong[letter, zero] > 0.0091
    # 84 % of passes over .9, 7.5 % of all wrong, as measured on filmed streets
    passes = Passes(table, float(wrong.sum(axis=1).mean()), 10)
    assert passes.at_least(7, 0.9) == pytest.approx(0.84, abs=0.03)
    assert 1.0 - passes.likeliest(7) == pytest.approx(0.075, abs=0.015)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("doubtful = 0.031", "doubtful = 2", ":5: doubtful: "),
        ("[wrong_pairs]", '[wrong_pairs]\n"ab" = 0.1', ": wrong_pairs: "),
        ("alike = 0.5", "alik = 0.5", "alik: "),
        ("alike = 0.5", "alike 0.5", "is not TOML"),
    ],
)
def test_a_wrong_table(tmp_path: Path, old: str, new: str, words: str) -> None:
    """It is refused by file, line and reason."""
    packed = Path(load.__code__.co_filename).parents[2] / "configs" / "reader-confusion.toml"
    file = tmp_path / "table.toml"
    file.write_text(packed.read_text("utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"table.toml") as refused:
        load_confusion(file)
    assert words in str(refused.value)
    with pytest.raises(ConfigError, match="cannot be read"):
        load_confusion(tmp_path / "none.toml")


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command prints a table by rule and cause, the rate of false alarms, and what remains."""
    rows = [{"plate": f"AB1{n:04d}", "jurisdiction": "us-ct", "expires": "2099-01-01"}
            for n in range(50)]  # fmt: skip
    path = write(tmp_path / "town.csv", *rows)
    site = tmp_path / "site.toml"
    site.write_text('[unit]\njurisdiction = "us-ct"\n', encoding="utf-8")
    words = ["hotlist", "--config", str(site), "forecast", str(path)]
    assert main([*words, "--cars", "1000000"]) == 0
    shown = capsys.readouterr().out
    assert "1,000,000 cars, us-ct, 15% foreign plates, 50 entries" in shown
    assert "exact text, any place" in shown
    assert "of 1,000,000 innocent cars: " in shown
    assert "of passes of listed us-ct cars: " in shown
    assert main([*words, "--foreign-share", "2"]) == 2
    assert main([*words, "--cars", "0"]) == 2


def test_records_are_frozen(both: tuple[Forecast, Counts, Counts]) -> None:
    """A rate adds up by cause."""
    rate = replace(both[0].told, wildcard=1.0)
    assert rate.total == pytest.approx(rate.collision + rate.misread + 1.0)
