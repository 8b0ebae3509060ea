"""Runs: one version executed from start to end, and the record of it."""
