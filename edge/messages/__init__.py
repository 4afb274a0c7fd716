"""The wire contract: versioned schemas and topics, described in asyncapi.yaml."""

from edge.messages.alert import build_alert, crop_of, parse_alert
from edge.messages.envelope import canonical, digest
from edge.messages.health import build_health, parse_health, parse_watch, watch_bytes
from edge.messages.letter import Letter, Opened, open_letter, pack, seal_letter, unpack
from edge.messages.outcome import Outcome, build_outcome, parse_outcome
from edge.messages.receipt import build_receipt, parse_receipt
from edge.messages.status import build_status, parse_status
from edge.messages.topics import Kind, Topic, every_unit, parse_topic, topic

__all__ = [
    "Kind",
    "Letter",
    "Opened",
    "Outcome",
    "Topic",
    "build_alert",
    "build_health",
    "build_outcome",
    "build_receipt",
    "build_status",
    "canonical",
    "crop_of",
    "digest",
    "every_unit",
    "open_letter",
    "pack",
    "parse_alert",
    "parse_health",
    "parse_outcome",
    "parse_receipt",
    "parse_status",
    "parse_topic",
    "parse_watch",
    "seal_letter",
    "topic",
    "unpack",
    "watch_bytes",
]
