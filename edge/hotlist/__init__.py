"""Sightings to hits: importers, index, matcher, lint."""
