"""The contract's JSON: how requests are read and how answers look, for every entry point alike."""
