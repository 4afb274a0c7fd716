"""A renderer of plates, crops, scenes and clips with known truth; the same seed, the same bytes."""
