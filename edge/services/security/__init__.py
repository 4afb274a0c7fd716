"""``edge check --security``: what a thief, a neighbour or a forgotten default could use.

Each module judges one thing and asks only files below a root folder, so that a tree that does not
run, a card in a reader, and a test's seeded faults are judged as a running unit is.
"""
