"""Asks and answers of the list desk keep their contract, and nothing else passes for them."""

import json

import pytest
import yaml
from jsonschema import Draft202012Validator

from edge.errors import MessageError
from edge.messages.document import FILE
from edge.messages.listing import (
    LIST_LIMIT,
    MOST_PIECES,
    PIECE,
    PiecesPart,
    build_ask,
    build_list,
    parse_ask,
    parse_list,
)
from tests.fakes import START

DIGEST = "0" * 64
WANT = PiecesPart(digest=DIGEST, start=7, pieces=2)
ASK = build_ask("windsor", "bridge-2", "town", 5, WANT, START)


def test_what_is_built_is_parsed():
    """An ask and an answer say what was put into them; the document's schema takes the ask."""
    said = parse_ask(ASK).payload
    assert (said.list, said.have, said.want) == ("town", 5, WANT)
    message, content = parse_list(
        build_list("windsor", "bridge-2", "town", b"\0\1", START, DIGEST, 9)
    )
    assert (message.unit, message.payload.digest, message.payload.offset) == ("bridge-2", DIGEST, 9)
    assert content == b"\0\1"
    written = yaml.safe_load(FILE.read_text("utf-8"))
    checker = Draft202012Validator(
        {"$ref": "#/components/schemas/AskMessage", "components": written["components"]}
    )
    checker.validate(json.loads(ASK))


@pytest.mark.parametrize(
    "change",
    [{"start": -1}, {"pieces": MOST_PIECES + 1}, {"pieces": 0}, {"digest": "../../etc/passwd"}],
)
def test_an_ask_for_too_much_is_refused(change: dict[str, object]):
    """More pieces than are ever on the way, negative places and names that are no digest."""
    fields = json.loads(ASK)
    fields["payload"]["want"].update(change)
    with pytest.raises(MessageError):
        parse_ask(json.dumps(fields).encode())


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        b"EDGELST\1",
        b"EDGELST\1\xff\xff\xff\xff{}",
        b"EDGELST\1\0\0\0\2{}",
        b"EDGELST\2" + build_list("windsor", "bridge-2", "town", b"", START)[8:],
        build_list("windsor", "bridge-2", "town", bytes(PIECE + 1), START, DIGEST),
        build_list("windsor", "bridge-2", "town", bytes(LIST_LIMIT), START),
    ],
)
def test_noise_is_no_answer(blob: bytes):
    """Cut, of another version, or larger than any answer: a sentence, and nothing kept."""
    with pytest.raises(MessageError, match="list message"):
        parse_list(blob)
