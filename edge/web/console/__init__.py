"""The patrol console: what an officer sees of an alert, and when."""
