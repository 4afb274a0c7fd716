"""Reads over frames to one sighting a pass."""
