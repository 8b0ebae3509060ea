"""What the classes of PromptService's RPCs have in common."""

from services.prompts.resolver import Resolver
from services.prompts.stores import Stores
from services.schemas import SchemaChecker


class Rpcs:
    """RPCs over the stores. `input_limit` is the bytes that a version or a session may take.

    After each change that a run can see the resolver forgets what it knows, so that the next run here is of what was
    just made.
    """

    def __init__(self, stores: Stores, resolver: Resolver, schemas: SchemaChecker, input_limit: int) -> None:
        self._stores = stores
        self._resolver = resolver
        self._schemas = schemas
        self._input_limit = input_limit
