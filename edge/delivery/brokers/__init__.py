"""Access rules for brokers, made from the roster and the one table of rights. Pure."""
