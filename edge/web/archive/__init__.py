"""The page at town hall: the fleet, its chains and the public report; no plate is on it."""
