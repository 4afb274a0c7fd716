"""What all delivery tests share."""

from tests.delivery.fixtures import broker, links

__all__ = ["broker", "links"]
