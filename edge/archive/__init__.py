"""The town's own copy: what units and consoles did, held and verified beyond any of them."""
