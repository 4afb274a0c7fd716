"""Pixels to reads: gate, detector, rectify, reader. Training imports the pixel code from here."""
