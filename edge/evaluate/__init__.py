"""How well the line reads: truth, metrics, and a run of the real line."""
