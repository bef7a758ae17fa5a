"""A whole sale on the production stack while its parts fail: `python -m tests.acceptance.chaos` reports the result."""
