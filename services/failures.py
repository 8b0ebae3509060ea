"""What hinders a command: the ordinary mistakes and troubles, each told in a line or two that say what to do."""

import os
from collections.abc import Generator
from contextlib import contextmanager

import asyncpg

from services.embedded.ownership import AlreadyOwned
from services.embedded.postgres import PostgresUnavailable
from services.errors import ServiceError
from services.migrate import MigrationError
from services.providers.config import ConfigInvalid


class Failed(Exception):
    """A command cannot be carried out; the message says why, and what to do."""


# Whose messages say what to do already.
_TOLD = (Failed, AlreadyOwned, PostgresUnavailable, ServiceError, MigrationError, ConfigInvalid)


@contextmanager
def reaching_database(remedy: str) -> Generator[None]:
    """Name the database as the cause of what goes wrong with it here. The remedy is what to do if it is out of reach.

    The DSN is never told: it holds a password.
    """
    try:
        yield
    except (OSError, asyncpg.PostgresConnectionError) as error:
        raise Failed(f"cannot reach the database: {_reason(error)}; {remedy}") from error


def explain(error: Exception) -> str | None:
    """Tell what to do about an exception that ended a command; None for a fault of ours, which needs its traceback."""
    return _of_ours(error) or _of_database(error) or _of_system(error)


def _of_ours(error: Exception) -> str | None:
    return str(error) if isinstance(error, _TOLD) else None


def _of_database(error: Exception) -> str | None:
    if isinstance(error, asyncpg.UndefinedTableError | asyncpg.UndefinedColumnError):
        return f"the database is not at this version's schema ({error}); run: promptwire migrate"
    if isinstance(error, asyncpg.InvalidCatalogNameError):
        return f"{error}; create it on the Postgres server, or name another in PROMPTWIRE_DATABASE_URL"
    if isinstance(error, asyncpg.PostgresError | asyncpg.InterfaceError):
        return f"the database refuses: {error}; check PROMPTWIRE_DATABASE_URL"
    return None


def _of_system(error: Exception) -> str | None:
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}" if error.filename else _reason(error)
    if isinstance(error, RuntimeError) and "Failed to bind" in str(error):
        return "the gRPC server cannot listen: its address is in use, or its TLS certificate and key cannot be used"
    return None


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno is not None and error.errno > 0:
        return os.strerror(error.errno).lower()
    if isinstance(error, TimeoutError):
        return "it does not answer"
    return str(error)
