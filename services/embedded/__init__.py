"""The embedded defaults: a PostgreSQL server and a small language model that come as Python packages.

They make a first run possible without setting anything up. Nothing but the composition root knows that they exist.
"""
