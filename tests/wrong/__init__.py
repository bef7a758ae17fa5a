"""Whatever the checks must find out: adapters and rules with one thing wrong each, over the memory adapters."""
