"""`python -m services` is the command `promptwire`."""

from services.cli import main

main()
