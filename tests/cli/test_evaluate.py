"""Tests of ``edge evaluate`` through the root command."""

import json
from pathlib import Path

import pytest

from edge.cli import main
from tests.evaluate import data
from tests.vision import graphs


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    """The verb with small models, drawn data and a folder for the results."""
    detector = graphs.write(tmp_path, "detector", graphs.bright_detector())
    reader = graphs.write(tmp_path, "reader", graphs.fixed_reader("AB12"))
    site = tmp_path / "site.toml"
    site.write_text(f'[detector]\ncard = "{detector}"\n[reader]\ncard = "{reader}"\n', "utf-8")
    labelled = data.write(tmp_path / "data")
    words = ["evaluate", "--config", str(site), "--data", str(labelled)]
    return [*words, "--out", str(tmp_path / "out")]


def test_a_table_and_a_folder_of_results(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """People get a table, and where the contact sheets are."""
    assert main(arguments) == 0
    captured = capsys.readouterr()
    assert "whole plate exact" in captured.out
    assert "1 / 2" in captured.out
    assert str(tmp_path / "out" / "report.html") in captured.err
    assert (tmp_path / "out" / "report.html").is_file()
    assert (tmp_path / "out" / "figures.json").is_file()


def test_lines_for_machines(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """With --jsonl each figure is a line of JSON, and nothing else is printed."""
    assert main([*arguments, "--jsonl", "--limit", "2"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {one["part"] for one in told} == {"detector", "reader", "pictures"}
    assert all({"group", "name", "value", "low", "high"} <= set(one) for one in told)


def test_by_default_each_run_has_its_own_folder(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without --out a folder below runs/, named by the time, is made."""
    monkeypatch.chdir(tmp_path)
    assert main(arguments[:-2]) == 0
    assert [file.name for file in (tmp_path / "runs").glob("evaluate-2*/figures.json")]


def test_missing_data_is_no_score_of_zero(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the data the command says so and fails with status 2."""
    arguments[arguments.index("--data") + 1] = str(tmp_path / "nowhere")
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "--data" in captured.err
    assert main([*arguments, "--limit", "0"]) == 2


def test_an_earlier_run_is_compared(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --compare a second table shows before, now and gain; a foreign file is refused."""
    assert main(arguments) == 0
    capsys.readouterr()
    earlier = tmp_path / "out" / "figures.json"
    assert main([*arguments, "--compare", str(earlier)]) == 0
    assert "before" in capsys.readouterr().out
    assert "Before and after" in (tmp_path / "out" / "report.html").read_text("utf-8")
    earlier.write_text("[]", "utf-8")
    assert main([*arguments, "--compare", str(earlier)]) == 2
    assert "is no figures.json" in capsys.readouterr().err


def test_checked_lists_are_read_from_the_folder_named(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong line in the lists is refused with its place, and so is a folder without them."""
    lists = tmp_path / "lists"
    lists.mkdir()
    assert main([*arguments, "--checked", str(lists)]) == 2
    assert "neither labels.csv nor no_plates.csv" in capsys.readouterr().err
    data.table(lists / "labels.csv", "file,verdict,accepts,note", "one/b.webp,illegible,,")
    assert main([*arguments, "--checked", str(lists)]) == 0
    assert "checked" in capsys.readouterr().out
    data.table(lists / "labels.csv", "file,verdict,accepts,note", "one/b.webp,fine,,")
    assert main([*arguments, "--checked", str(lists)]) == 2
    assert "labels.csv:2: column 'verdict'" in capsys.readouterr().err


def test_an_installed_edge_has_no_checked_lists(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the checkout's folder the labels count as stored."""
    monkeypatch.setattr("edge.cli.evaluate._CHECKED", tmp_path / "nowhere")
    assert main(arguments) == 0
    told = json.loads((tmp_path / "out" / "figures.json").read_text("utf-8"))
    assert {one["labels"] for one in told["figures"]} == {"stored"}
