"""Scenarios that break running servers, and what holds: `python -m tests.chaos`, or `make chaos`."""
