"""The AsyncAPI document says what the code does."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator, Draft202012Validator, ValidationError

from edge.messages import Kind
from edge.messages.document import FILE, as_yaml, document
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


def test_every_field_of_the_payloads_is_required(written: dict[str, Any]) -> None:
    """A missing field is never a default: null or empty is said."""
    for name, schema in written["components"]["schemas"].items():
        if schema.get("type") == "object":
            assert set(schema["required"]) == set(schema["properties"]), name
            assert schema["additionalProperties"] is False, name


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [one for part in value.values() for one in _references(part)]
    if isinstance(value, list):
        return [one for part in value for one in _references(part)]
    return []
