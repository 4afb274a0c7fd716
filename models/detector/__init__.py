"""The plate detector: network, data, training, export."""
