"""How the weights are made: renderer, training, export; never imported by the product."""
