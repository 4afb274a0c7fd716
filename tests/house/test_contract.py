"""The wire contract is written down."""

import yaml

from edge.messages import topics
from tests.house.tree import ROOT


def test_the_asyncapi_document_is_there_and_names_every_topic() -> None:
    """AsyncAPI 3, packed with the code; each kind of message has a channel."""
    document = yaml.safe_load((ROOT / "edge/messages/asyncapi.yaml").read_text("utf-8"))
    assert str(document["asyncapi"]).startswith("3.")
    addresses = {channel["address"] for channel in document["channels"].values()}
    assert all(address.startswith("edge/v1/{town}/{unit}/") for address in addresses)
    kinds = {address.rsplit("/", 1)[1] for address in addresses}
    assert kinds >= {"alert", "status", "health", "receipt"}
    assert topics.__doc__
