"""Negative controls: adapters and rules with one fault each, over the memory adapters."""
