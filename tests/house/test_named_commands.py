"""Commands that sentences name exist: who reads a mend types it off."""

import argparse
import ast
import functools
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from edge.cli import VERBS
from tests.house.tree import ROOT

BEGINS = re.compile(r"[`'](?:[^\s`']*/)?edge [a-z]")
NAMED = re.compile(r"[`'](?:[^\s`']*/)?edge ([a-z][^`']*)[`']")
WORD = re.compile(r"[a-z][a-z-]*$")


def sentences(file: Path) -> Iterator[tuple[int, str]]:
    """Yield each string of a source file, with its line; what is filled in stands as ``X``."""
    source = file.read_text("utf-8")
    for node in ast.walk(ast.parse(source)) if BEGINS.search(source) else ():
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
        elif isinstance(node, ast.JoinedStr):
            parts = (
                str(one.value) if isinstance(one, ast.Constant) else "X" for one in node.values
            )
            yield node.lineno, "".join(parts)


@functools.cache
def parser_of(verb: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=verb)
    parser.add_argument("--config")
    import_module(f"edge.cli.{verb.replace('-', '_')}").arguments(parser)
    return parser


def wrong(command: str) -> str:
    """Return what of *command* the program does not know; empty where it knows all."""
    verb, *words = " ".join(command.split()).rstrip(".,;:").split(" ")
    if verb not in VERBS:
        return f"no verb {verb}"
    parser = parser_of(verb)
    for word in words:
        if word == "X":  # filled in: which action it is, and what belongs to it, is not known
            return ""
        actions = parser._actions
        if word.startswith("--"):
            if word.partition("=")[0] not in parser._option_string_actions:
                return f"no option {word}"
            continue
        inner = [one for one in actions if isinstance(one, argparse._SubParsersAction)]
        choices = inner[0].choices if inner else {}
        if word in choices:
            parser = choices[word]
        elif choices and WORD.match(word):
            return f"no action {word}"
    return ""


def test_commands_that_are_named_exist() -> None:
    """Verb, action and options of each command in a sentence are those of the program."""
    told = [
        f"{file.relative_to(ROOT)}:{line}: edge {command}: {why}"
        for file in sorted((ROOT / "edge").rglob("*.py"))
        for line, text in sentences(file)
        for command in NAMED.findall(text)
        if (why := wrong(command))
    ]
    assert told == [], "\n".join(told)


@pytest.mark.parametrize(
    "command",
    ["broker dynsec", "hotlist bake X", "brokers acl", "broker acl --town X"],
)
def test_a_command_that_is_none_is_found(command: str) -> None:
    """The control."""
    assert wrong(command)
    assert not wrong("broker acl --format dynsec")
