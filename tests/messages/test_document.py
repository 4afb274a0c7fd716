"""The AsyncAPI document says what the code does."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator, Draft202012Validator, ValidationError

from edge.messages import Kind
from edge.messages.__main__ import main
from edge.messages.access import readers, writers
from edge.messages.alert_parts import AlertMessage
from edge.messages.document import (
    FILE,
    README,
    SCHEMAS,
    as_yaml,
    document,
    readme,
    schema,
    schemas,
)
from edge.messages.health import LATER
from tests.messages.samples import SAMPLES

SCHEMA = Path(__file__).with_name("asyncapi-3.0.0.schema.json")


@pytest.fixture(scope="module")
def written() -> dict[str, Any]:
    """Return the document as it lies beside the code."""
    found: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
    return found


def test_document_is_up_to_date(written: dict[str, Any]) -> None:
    """The file is what the models make; after a change run ``python -m edge.messages``."""
    assert written == document()
    assert FILE.read_text("utf-8") == as_yaml(document())
    assert README.read_text("utf-8") == readme()
    assert {file.name: file.read_text("utf-8") for file in SCHEMAS.iterdir()} == schemas()


def test_document_is_asyncapi_3(written: dict[str, Any]) -> None:
    """It keeps the schema of AsyncAPI 3.0.0."""
    problems = [
        e.message for e in Draft7Validator(json.loads(SCHEMA.read_text())).iter_errors(written)
    ]
    assert problems == []


def test_every_topic_has_a_channel(written: dict[str, Any]) -> None:
    """Each kind of topic in the code is a channel, and there is no other."""
    addresses = {channel["address"] for channel in written["channels"].values()}
    assert addresses == {f"edge/v1/{{town}}/{{unit}}/{kind.value}" for kind in Kind}


def test_references_lead_somewhere(written: dict[str, Any]) -> None:
    """No $ref points at nothing."""
    for reference in _references(written):
        place: Any = written
        for step in reference.removeprefix("#/").split("/"):
            assert step in place, reference
            place = place[step]


@pytest.mark.parametrize("validator", [Draft7Validator, Draft202012Validator])
@pytest.mark.parametrize("kind", SAMPLES)
def test_messages_keep_the_document(
    written: dict[str, Any], kind: str, validator: type[Draft7Validator]
) -> None:
    """What the code builds passes the document's schema, by old and new JSON Schema."""
    channel = written["channels"][kind]
    (name,) = channel["messages"]
    checker = validator(
        {"$ref": f"#/components/schemas/{name}", "components": written["components"]}
    )
    for body in SAMPLES[kind]:
        checker.validate(json.loads(body))
        broken = json.loads(body)
        broken["unit"] = "Not A Name"
        with pytest.raises(ValidationError):
            checker.validate(broken)


@pytest.mark.parametrize("kind", SAMPLES)
def test_each_schema_stands_alone(kind: str) -> None:
    """Who has only the JSON Schema of a message can check what the code builds."""
    checker = Draft202012Validator(json.loads((SCHEMAS / f"{kind}.schema.json").read_text("utf-8")))
    for body in SAMPLES[kind]:
        checker.validate(json.loads(body))
        broken = json.loads(body)
        broken["payload"]["more"] = 1
        with pytest.raises(ValidationError):
            checker.validate(broken)


def test_the_table_names_every_right(written: dict[str, Any]) -> None:
    """Each topic's line and channel have the roles of the table of rights, and no others."""
    lines = {line.split("`")[1]: line for line in README.read_text().splitlines() if "| `" in line}
    assert len(lines) == len(Kind)
    for kind in Kind:
        _, _, writes, reads, *_ = lines[f"edge/v1/TOWN/NAME/{kind}"].split("|")
        assert _roles(writes) == {role.value for role in writers(kind)}
        assert _roles(reads) == {role.value for role in readers(kind)}
        channel = written["channels"][kind.value]
        assert set(channel["x-writers"]) == _roles(writes)
        assert set(channel["x-readers"]) == _roles(reads)


def test_schemas_are_written_where_asked(tmp_path: Path) -> None:
    """``python -m edge.messages schemas DIR`` writes them there, and explains itself else."""
    assert main(["schemas", str(tmp_path / "new")]) == 0
    alert = json.loads((tmp_path / "new" / "alert.schema.json").read_text())
    assert alert == json.loads(json.dumps(schema(AlertMessage)))
    assert main(["else"]) == 2


def test_every_field_of_the_payloads_is_required(written: dict[str, Any]) -> None:
    """A missing field is never a default: null or empty is said; but for what came later."""
    for name, part in written["components"]["schemas"].items():
        if part.get("type") == "object":
            later = set(LATER) if name in {"WatchHealth", "DeliverHealth"} else set()
            assert set(part["required"]) == set(part["properties"]) - later, name
            assert part["additionalProperties"] is False, name


def _roles(cell: str) -> set[str]:
    return {word.replace("(own)", "").strip() for word in cell.split(",")}


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [one for part in value.values() for one in _references(part)]
    if isinstance(value, list):
        return [one for part in value for one in _references(part)]
    return []
