"""Law profiles: what each allows, and that nobody is wider than somebody answers for."""

from pathlib import Path

import pytest

from edge.config import Settings, load
from edge.errors import ConfigError
from edge.policy.law import Breach, breaches, open_law, profiles, read_law, span

DAY_S = 86_400.0
FIGURES = {
    "strict": (0.0, 30.0, False),
    "us-nh": (180.0, 1.0, False),
    "us-me": (21 * DAY_S, 21.0, True),
    "us-va": (21 * DAY_S, 21.0, True),
    "us-ct": (0.0, 30.0, False),
    "uk": (0.0, 30.0, False),
}
CATEGORIES = ("stolen_vehicle", "wanted_person", "missing_person", "other", "test")
OWN = """
title = "a town's own"
statute = "Ordinance 12"
section = "§3"
url = "https://town.example/ordinance-12"
confirmed = true
counsel = "Town counsel, 2 March 2026"
within = ""
certain = []
uncertain = []
reads_max_s = 600.0
hits_max_days = 10.0
clips = false
masked = true
[search]
reads = true
purposes = ["crime"]
longest_window_s = 600.0
widest_share = 0.0001
supervisor_window_s = 60.0
supervisor_share = 0.00001
"""


def settings_with(tmp_path: Path, keep_s: float, days: float, *, survive: bool = False) -> Settings:
    lines = [f"[reads]\nkeep_s = {keep_s}\nsurvive_reboot = {str(survive).lower()}"]
    lines += [f"[categories.{name}]\nkeep_days = {days}" for name in CATEGORIES]
    lines += [f"[store]\nkeep_unsent_s = {days * DAY_S}\nkeep_sent_s = {days * DAY_S}"]
    file = tmp_path / "site.toml"
    file.write_text("\n".join(lines), "utf-8")
    return load([file]).settings


def own(tmp_path: Path, *changes: tuple[str, str]) -> str:
    text = OWN
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file = tmp_path / "town.toml"
    file.write_text(text, "utf-8")
    return str(file)


def test_the_packed_profiles_are_those_with_figures_here() -> None:
    """No profile travels in the wheel without a test of its figures."""
    assert profiles() == tuple(sorted(FIGURES))


@pytest.mark.parametrize("name", sorted(FIGURES))
def test_a_profile_says_what_it_allows_and_where_that_stands(name: str) -> None:
    """Each profile has its figures in force, a statute, and words on what is certain."""
    law = open_law(name)
    assert (law.reads_max_s, law.hits_max_days, law.search.reads) == FIGURES[name]
    assert law.statute
    assert law.certain
    assert law.uncertain
    assert law.url or name == "strict"


@pytest.mark.parametrize("name", sorted(FIGURES))
def test_settings_at_the_limit_hold(name: str, tmp_path: Path) -> None:
    """What a profile just allows is no breach of it."""
    reads_s, days, _ = FIGURES[name]
    settings = settings_with(tmp_path, reads_s, days, survive=reads_s > 0)
    assert breaches(settings, open_law(name)) == ()


@pytest.mark.parametrize("name", sorted(FIGURES))
def test_each_setting_beyond_the_limit_is_a_breach(name: str, tmp_path: Path) -> None:
    """A second or a hundredth of a day more is told, for every setting, with the statute."""
    reads_s, days, _ = FIGURES[name]
    settings = settings_with(tmp_path, reads_s + 1, days + 0.01, survive=True)
    law = open_law(name)
    found = breaches(settings, law)
    expected = ["reads.keep_s", *(f"categories.{one}.keep_days" for one in CATEGORIES)]
    expected += ["store.keep_unsent_s", "store.keep_sent_s"]
    expected[1:1] = [] if reads_s else ["reads.survive_reboot"]
    assert [one.setting for one in found] == expected
    assert all(one.statute == law.citation for one in found)


def test_a_purpose_that_the_law_has_not_is_a_breach(tmp_path: Path) -> None:
    """A town may take purposes away, and add none: New Hampshire's statute knows no crash."""
    file = tmp_path / "site.toml"
    file.write_text('[search]\npurposes = ["crime", "crash"]\n', "utf-8")
    settings = load([file]).settings
    assert breaches(settings, open_law("strict")) == ()
    found = [one for one in breaches(settings, open_law("us-nh")) if "search" in one.setting]
    assert [(one.setting, one.value) for one in found] == [("search.purposes", "crash")]
    assert "crime" in found[0].limit


def test_a_breach_says_value_and_limit_as_people_do(tmp_path: Path) -> None:
    """Four minutes are told against three, not seconds against seconds."""
    found = breaches(settings_with(tmp_path, 240.0, 1.0), open_law("us-nh"))
    citation = "New Hampshire Revised Statutes Annotated, RSA 261:75-b, paragraph VIII"
    assert found == (Breach("reads.keep_s", "4 minutes", "3 minutes", citation),)


def test_a_profile_that_nobody_confirmed_keeps_no_reads(tmp_path: Path) -> None:
    """Figures in a file without counsel's word are shown, and are not in force."""
    assert read_law("uk").reads_max_s == 365 * DAY_S
    assert open_law("uk").reads_max_s == 0.0
    found = breaches(settings_with(tmp_path, 1.0, 30.0), open_law("us-ct"))
    assert [one.setting for one in found] == ["reads.keep_s"]
    assert "not confirmed" in found[0].limit
    assert open_law(own(tmp_path, ("confirmed = true", "confirmed = false"))).reads_max_s == 0.0


def test_a_towns_own_file_holds_by_its_path(tmp_path: Path) -> None:
    """A town whose counsel answers for its figures may use them."""
    law = open_law(own(tmp_path))
    assert (law.reads_max_s, law.confirmed, law.search.reads) == (600.0, True, True)
    assert law.citation == "Ordinance 12, §3"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('counsel = "Town counsel, 2 March 2026"', 'counsel = ""', "who confirmed"),
        ('statute = "Ordinance 12"', 'statute = ""', "statute"),
        ('url = "https://town.example/ordinance-12"', 'url = ""', "url"),
        ("reads_max_s = 600.0", "reads_max_s = 40000000.0", "reads_max_s"),
        ("masked = true", "masked = true\nmost = 3", "most"),
        ("[search]", "[serach]", "search"),
        ('title = "a', "title = a", "no TOML"),
        ('within = ""', 'within = "us-nh"', "wider than us-nh"),
    ],
    ids=["no counsel", "no statute", "no address", "a year and more", "unknown key", "no search",
         "no toml", "wider than within"],
)  # fmt: skip
def test_a_towns_own_file_is_refused(tmp_path: Path, old: str, new: str, told: str) -> None:
    """A file for which nobody answers, or that cannot be understood, is named and refused."""
    name = own(tmp_path, (old, new))
    with pytest.raises(ConfigError, match=told) as caught:
        open_law(name)
    assert name in str(caught.value)


def test_a_towns_own_file_may_narrow_a_profile(tmp_path: Path) -> None:
    """Within Maine's 21 days a town may choose ten minutes."""
    assert open_law(own(tmp_path, ('within = ""', 'within = "us-me"'))).reads_max_s == 600.0


def test_a_profile_that_is_not_there_is_refused_with_those_that_are() -> None:
    """A slip of the pen in law.profile does not become the widest law, or any."""
    with pytest.raises(ConfigError, match="packed are strict, uk"):
        open_law("us-me ")
    with pytest.raises(ConfigError, match="cannot be read"):
        open_law("/nowhere/town.toml")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.0, "0 seconds"), (1.0, "1 second"), (90.0, "90 seconds"), (180.0, "3 minutes"),
     (3600.0, "1 hour"), (1814400.0, "21 days"), (1814401.0, "1814401 seconds")],
    ids=str,
)  # fmt: skip
def test_a_time_is_told_in_whole_units(seconds: float, said: str) -> None:
    """The largest unit that divides it evenly, so that nothing is rounded away."""
    assert span(seconds) == said
