"""What the shipped models are worth, measured through the product's own code.

Each module is a command that takes minutes on one core and prints a table; run all of them again
whenever the weights change.
"""
