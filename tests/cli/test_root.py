"""The root command and ``edge config``."""

import subprocess
import sys
from pathlib import Path

import pytest

from edge import __version__
from edge.cli import VERBS, main


def test_each_verb_is_a_file() -> None:
    """The list at the root and the files of the folder are the same; actions follow their verb."""
    folder = Path(sys.modules["edge.cli"].__file__ or "").parent
    stems = {file.stem for file in folder.glob("[a-z]*.py")}
    names = {verb.replace("-", "_") for verb in VERBS}
    assert names <= stems
    assert not [one for one in stems - names if not one.startswith(tuple(f"{n}_" for n in names))]


def test_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    """``edge --help`` lists all verbs with a sentence."""
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    assert stop.value.code == 0
    shown = capsys.readouterr().out
    assert all(f"\n    {verb}" in shown for verb in VERBS)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """``edge --version`` tells the version."""
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"edge {__version__}\n"


def test_an_error_is_a_sentence_and_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong setting is told with file and line, without a traceback."""
    site = tmp_path / "site.toml"
    site.write_text("[source]\n\nfps = 'fast'\n")
    assert main(["config", "check", "--config", str(site)]) == 2
    assert capsys.readouterr().err.startswith(f"edge: {site}:3:1: source.fps: ")


def test_show_says_who_set_what(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each effective value stands beside the file that set it."""
    site = tmp_path / "site.toml"
    site.write_text("[unit]\nname = 'main-street'\n")
    assert main(["config", "show", "--config", str(site)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert next(x for x in lines if x.startswith("name =")).endswith(f"# {site}; restart")
    assert next(x for x in lines if x.startswith("town =")).endswith("default.toml; restart")


def test_a_camera_password_is_not_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What an installer reads out on the phone holds no password."""
    site = tmp_path / "site.toml"
    site.write_text("source = { kind = 'rtsp', address = 'rtsp://admin:hunter2@cam/1' }\n")
    assert main(["config", "show", "--config", str(site)]) == 0
    shown = capsys.readouterr().out
    assert "rtsp://***@cam/1" in shown
    assert "hunter2" not in shown


def test_a_config_verb_imports_no_heavy_library() -> None:
    """One verb imports only what it needs: each import costs a second on a Pi."""
    code = (
        "import sys; from edge.cli import main; main(['config', 'check'])\n"
        "print(sorted({'cv2', 'onnxruntime', 'av', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
