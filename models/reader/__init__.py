"""The plate reader: model, data, training, export."""
