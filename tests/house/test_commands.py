"""Every verb helps itself, and the README tells the truth about the commands."""

import re
import shlex
import subprocess
import sys
from importlib import import_module

import pytest

from edge.cli import VERBS
from tests.house.tree import ROOT, tracked

README = (ROOT / "README.md").read_text("utf-8")


def edge(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "edge", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_file_of_the_folder_is_a_listed_verb() -> None:
    """The root's list and the folder agree: a module that declares NAME is a verb."""
    names = set()
    for file in tracked("edge/cli/*.py"):
        module = import_module(f"edge.cli.{file.stem}" if file.stem != "__init__" else "edge.cli")
        if hasattr(module, "NAME"):
            names.add(module.NAME)
    assert names == set(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_and_a_readme_line(verb: str) -> None:
    """``edge VERB --help`` says in a sentence what it does; the README's table has it."""
    shown = edge(verb, "--help")
    assert shown.returncode == 0, shown.stderr
    help_text = import_module(f"edge.cli.{verb.replace('-', '_')}").HELP
    assert help_text.endswith(".")
    assert len(help_text) >= 20
    assert re.search(rf"^\| .*`edge {verb}\b.* \| .+ \|$", README, re.MULTILINE)


def test_the_commands_of_the_readme_exist() -> None:
    """Each ``edge ...`` and each ``scripts/...`` that the README names is there."""
    assert set(re.findall(r"\bedge (\w[\w-]*)", "\n".join(_code(README)))) <= set(VERBS)
    for script in set(re.findall(r"scripts/[a-z-]+(?:\.[a-z]+)?", README)):
        assert (ROOT / script).exists(), f"README names {script}"


def test_the_links_of_the_readme_lead_somewhere() -> None:
    """No dead link to a file of ours."""
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert "://" in target or (ROOT / target).exists(), target


def test_an_unknown_verb_is_an_error_with_the_list() -> None:
    """A typing error ends with status 2 and the verbs."""
    shown = edge("raed")
    assert shown.returncode == 2
    assert "read" in shown.stderr


def _code(text: str) -> list[str]:
    """Return what stands in code: fenced, indented or between back-ticks."""
    fenced = re.findall(r"```[a-z]*\n(.*?)```", text, re.DOTALL)
    indented = re.findall(r"^ {4}(\S.*)$", text, re.MULTILINE)
    inline = re.findall(r"`([^`\n]+)`", text)
    lines = [
        line.split("#")[0].strip()
        for block in (*fenced, *indented, *inline)
        for line in block.splitlines()
    ]
    return [line for line in lines if line.startswith("edge ") and shlex.split(line)]
