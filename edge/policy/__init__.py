"""What may be done with a hit: four gates, grades, revisions, quiet times."""
