"""What both trainings share: averaged weights, the pace, the log of a run, cards."""
