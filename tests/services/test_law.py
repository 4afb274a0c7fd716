"""No daemon starts with settings beyond its law profile."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.config import Settings, load
from edge.errors import ConfigError
from edge.services.console import run_console
from edge.services.deliver import run_deliver
from edge.services.law import check_law, law_finding
from edge.services.watch import run_watch
from edge.services.webhook import run_webhook

Run = Callable[[Settings, threading.Event], None]
DAEMONS: dict[str, Run] = {
    "watch": run_watch,
    "deliver": run_deliver,
    "console": run_console,
    "webhook": run_webhook,
}


def site(tmp_path: Path, keep_s: float, more: str = "") -> Path:
    file = tmp_path / "site.toml"
    file.write_text(f'[keys]\nfolder = "{tmp_path}/none"\n[reads]\nkeep_s = {keep_s}\n{more}')
    return file


@pytest.mark.parametrize("daemon", DAEMONS)
def test_no_daemon_starts_beyond_the_law(tmp_path: Path, daemon: str) -> None:
    """Under the default profile one second of kept reads stops each daemon before all else."""
    settings = load([site(tmp_path, 1.0)]).settings
    with pytest.raises(ConfigError, match=r"reads\.keep_s is 1 second, .* strict allows 0 seconds"):
        DAEMONS[daemon](settings, threading.Event())


@pytest.mark.parametrize("daemon", DAEMONS)
def test_within_the_law_it_goes_on_to_its_keys(tmp_path: Path, daemon: str) -> None:
    """The control: with nothing kept the same settings fail later, of keys that are not there."""
    settings = load([site(tmp_path, 0.0)]).settings
    with pytest.raises(Exception, match="keys") as caught:
        DAEMONS[daemon](settings, threading.Event())
    assert "law profile" not in str(caught.value)


def test_the_sentence_names_setting_file_limit_and_statute(tmp_path: Path) -> None:
    """Whoever reads the journal knows which line of which file to change, and why."""
    file = site(tmp_path, 0.0, '[law]\nprofile = "us-va"\n[categories.other]\nkeep_days = 22.0\n')
    loaded = load([file])
    with pytest.raises(ConfigError) as caught:
        check_law(loaded.settings, loaded.origins)
    lines = str(caught.value).splitlines()
    told = f"categories.other.keep_days is 22 days in {file}, and the law profile us-va allows 21"
    assert any(one.startswith(told) and "§2.2-5517" in one for one in lines)
    assert "edge law show" in lines[-1]


@pytest.mark.parametrize(
    ("more", "passed", "told"),
    [
        ("", True, "no read that hit nothing"),
        ('[law]\nprofile = "us-ct"\n', True, "not confirmed"),
        ('[law]\nprofile = "us-me"\n', False, "21 days"),
        ('[law]\nprofile = "atlantis"\n', False, "no profile"),
    ],
    ids=["strict", "not confirmed", "breached", "unknown"],
)
def test_edge_check_tells_the_law(tmp_path: Path, more: str, passed: bool, told: str) -> None:
    """An installer learns before climbing down whether the unit may run as it is set."""
    finding = law_finding(load([site(tmp_path, 0.0, more)]).settings)
    assert finding.passed is passed
    assert told in finding.sentence
    assert finding.warns is ("not confirmed" in finding.sentence)
    assert bool(finding.mend) is (not passed or finding.warns)


def test_reads_kept_under_an_unconfirmed_profile_fail(tmp_path: Path) -> None:
    """The warning is for who keeps none: the first second kept is a fault."""
    finding = law_finding(load([site(tmp_path, 1.0, '[law]\nprofile = "us-ct"\n')]).settings)
    assert finding.passed is False
    assert "reads.keep_s" in finding.sentence
