"""The wire contract: versioned schemas and topics, described in asyncapi.yaml."""

from edge.messages.alert import build_alert, crop_jpeg, parse_alert
from edge.messages.envelope import canonical, digest
from edge.messages.health import build_health, parse_health, parse_watch, watch_bytes
from edge.messages.receipt import build_receipt, parse_receipt
from edge.messages.status import build_status, parse_status
from edge.messages.topics import Kind, Topic, every_unit, parse_topic, topic

__all__ = [
    "Kind",
    "Topic",
    "build_alert",
    "build_health",
    "build_receipt",
    "build_status",
    "canonical",
    "crop_jpeg",
    "digest",
    "every_unit",
    "parse_alert",
    "parse_health",
    "parse_receipt",
    "parse_status",
    "parse_topic",
    "parse_watch",
    "topic",
    "watch_bytes",
]
