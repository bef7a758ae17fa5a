"""Bare Flask views with the same input and output as the service, written as a good engineer would write just these."""
