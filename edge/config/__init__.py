"""Settings: frozen, unknown keys refused, one file per concern, a sentence per field."""

from edge.config.load import Loaded, load
from edge.config.settings import Settings

__all__ = ["Loaded", "Settings", "load"]
