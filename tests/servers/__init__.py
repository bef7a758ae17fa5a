"""Real servers which the tests start and stop."""
