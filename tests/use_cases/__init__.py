"""Tests of the use cases over the memory adapters."""
