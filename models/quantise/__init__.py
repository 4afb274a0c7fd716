"""Int8 twins of the float32 weights, and what they lose: ``python -m models.quantise``."""
