"""Prompts and their versions: their template engine, their records, and what a run needs of them."""
