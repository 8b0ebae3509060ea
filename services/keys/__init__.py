"""Keys: who may call, for which project, and what they may do."""
