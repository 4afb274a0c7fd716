"""Pages: served by the unit, the car and the town hall themselves; nothing from other hosts."""
