"""What is doubtful about a list, and the command that says so."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.cli import main
from edge.hotlist.lint import lint
from edge.plates import syntax
from tests.hotlist.lists import listed, write

NOW = datetime(2026, 1, 1, 10, tzinfo=UTC)
GOOD = {"plate": "ABC1234"}


@pytest.mark.parametrize(
    ("row", "kind", "words"),
    [
        ({"plate": "A8C1234"}, "twin", "A8C1234 and ABC1234 on line 3"),
        ({"plate": "ABC1234"}, "duplicate", "on line 3 as well"),
        ({"plate": "KLM5678", "jurisdiction": ""}, "jurisdiction", "never be more than 'verify'"),
        ({"plate": "KLM5678", "jurisdiction": "zz-qq"}, "jurisdiction", "zz-qq"),
        ({"plate": "K5678"}, "format", "none of the common forms of us-ny"),
        (
            {"plate": "KLM5678", "entered": "2024-01-01", "expires": "2025-12-31"},
            "expiry",
            "1 days",
        ),
        ({"plate": "KLM5678", "entered": "2024-01-01", "expires": "2025-06-01"}, "expiry", "long"),
        ({"plate": "KLM5678", "expires": "2036-06-01"}, "expiry", "5 years"),
        ({"plate": "KLM5678", "entered": "2026-03-01"}, "entered", "in the future"),
        ({"plate": "KLM5678", "entered": "2024-12-31"}, "old", "366 days, entries of stolen"),
        (
            {"plate": "KLM5678", "category": "missing_person", "entered": "2025-11-01"},
            "old",
            "missing_person usually for 60",
        ),
        ({"plate": "KLM*"}, "wildcard", "covers one car in"),
        ({"plate": "1?23456"}, "format", "none of the common forms of us-ny"),
        ({"plate": "KLM5678", "reason": ""}, "reason", "no reason"),
        ({"plate": "KLM5678", "owner": " "}, "owner", "no owner"),
    ],
)
def test_finding(tmp_path: Path, row: dict[str, str], kind: str, words: str) -> None:
    """Each doubt is told with its line and entry."""
    findings = lint(listed(tmp_path, GOOD, row), NOW)
    found = [f for f in findings if f.kind == kind]
    assert [(f.line, f.entry_id) for f in found] == [(4, "E2")]
    assert words in found[0].sentence
    assert {f.line for f in findings} == {4}


def test_wildcards_by_what_they_cover(tmp_path: Path) -> None:
    """One open digit is narrow, four are not; where the plate is common decides, and the limit."""
    narrow = listed(tmp_path, {"plate": "KLM567?"})
    assert lint(narrow, NOW) == []
    home, away = syntax.shares("us-ny", 0.1), syntax.shares("us-ct", 0.1)
    wide = listed(tmp_path, {"plate": "KLM????"})
    told = [f.sentence for f in lint(wide, NOW, home)]
    assert len(told) == 1
    assert "KLM???? covers one car in 19," in told[0]
    assert [f.kind for f in lint(wide, NOW, home, 1e-7)] == ["wildcard"]
    assert lint(wide, NOW, away, 1e-4) == []


def test_the_same_text_of_two_places(tmp_path: Path) -> None:
    """Two places may have the same plate, or look-alikes: two cars, no doubt."""
    here, there = {"plate": "KLM5678"}, {"plate": "KLM5678", "jurisdiction": "us-ga"}
    assert lint(listed(tmp_path, here, there), NOW) == []
    there["plate"] = "KLM567B"
    assert [f.kind for f in lint(listed(tmp_path, here, there), NOW)] == ["format"]
    assert [f.kind for f in lint(listed(tmp_path, here, here), NOW)] == ["duplicate"]


def test_clean(tmp_path: Path) -> None:
    """A good list has no findings; nor has an empty one."""
    assert lint(listed(tmp_path, GOOD, {"plate": "KLM5678"}), NOW) == []
    assert lint(listed(tmp_path), NOW) == []


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command prints findings with file and line, and its status says how it went."""
    clean = write(tmp_path / "clean.csv", {**GOOD, "expires": "2029-01-01"})
    assert main(["hotlist", "lint", str(clean)]) == 0
    assert "1 entries" in capsys.readouterr().out
    rows = [
        {"plate": f"KLM{n:04d}", "jurisdiction": "", "expires": "2029-01-01"} for n in range(25)
    ]
    doubtful = write(tmp_path / "doubtful.csv", *rows)
    assert main(["hotlist", "lint", str(doubtful)]) == 1
    out = capsys.readouterr().out
    assert f"{doubtful}:3: jurisdiction: E1: no jurisdiction" in out
    assert "and 5 of jurisdiction; --all prints them" in out
    assert main(["hotlist", "lint", "--all", str(doubtful)]) == 1
    assert capsys.readouterr().out.count("no jurisdiction") == 25


def test_command_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A list that would be refused, or none at all, ends with status 2 and the reason."""
    bad = write(tmp_path / "bad.csv", {"plate": "*"})
    assert main(["hotlist", "lint", str(bad)]) == 2
    assert f"{bad}:3:plate: " in capsys.readouterr().err
    empty = tmp_path / "site.toml"
    empty.write_text("", encoding="utf-8")
    assert main(["hotlist", "--config", str(empty), "lint"]) == 2
    assert "which list?" in capsys.readouterr().err
