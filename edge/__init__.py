"""edge-plates: read rear plates at the roadside, check them against a local hotlist, alert."""

__version__ = "0.1.0"
