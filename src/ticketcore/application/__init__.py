"""The use cases: ask ports, decide purely, write what was decided."""
