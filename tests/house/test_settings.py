"""Every setting explains itself, and its default stands in one place."""

import re
from collections.abc import Iterator

import pytest
from pydantic.fields import FieldInfo

from edge.config import Settings
from edge.config.base import Section
from tests.house.tree import ROOT

DEFAULTS = (ROOT / "configs" / "default.toml").read_text("utf-8")


def fields() -> Iterator[tuple[str, str, FieldInfo]]:
    for section, outer in Settings.model_fields.items():
        assert isinstance(outer.annotation, type)
        assert issubclass(outer.annotation, Section)
        yield from fields_of(section, outer.annotation)


def fields_of(table: str, model: type[Section]) -> Iterator[tuple[str, str, FieldInfo]]:
    """Return a table's fields and those of the tables within it, each with its table's name."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            yield from fields_of(f"{table}.{name}", field.annotation)
        else:
            yield table, name, field


NAMED = [pytest.param(*one, id=f"{one[0]}.{one[1]}") for one in fields()]


@pytest.mark.parametrize(("section", "name", "field"), NAMED)
def test_every_field_has_a_sentence_and_no_default_in_code(
    section: str, name: str, field: FieldInfo
) -> None:
    """The description is a sentence; the default is default.toml's business alone."""
    sentence = field.description or ""
    assert len(sentence) >= 12, f"{section}.{name} has no sentence"
    assert sentence.endswith(".")
    assert field.is_required(), f"{section}.{name} has a default in code"


@pytest.mark.parametrize(("section", "name", "field"), NAMED)
def test_every_field_has_a_line_in_default_toml(section: str, name: str, field: FieldInfo) -> None:
    """A person finds each key in default.toml, under its section."""
    body = DEFAULTS.split(f"\n[{section}]\n", 1)[1].split("\n[", 1)[0]
    assert re.search(rf"^{name} = \S", body, re.MULTILINE), field.description


def test_every_section_of_default_toml_explains_itself() -> None:
    """Each section has comments, and the file says what to do with it."""
    assert DEFAULTS.startswith("#")
    for section in {section for section, _, _ in fields()}:
        body = DEFAULTS.split(f"\n[{section}]\n", 1)[1].split("\n[", 1)[0]
        assert "#" in body or "_" in body, f"[{section}] has no word of comment"
