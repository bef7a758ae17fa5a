"""Values and rules: pure functions of values and ``now``."""
