"""Images of a project over a real database."""

from uuid import UUID, uuid4

import pytest

from services.db import Database
from services.images.store import ImageStore


@pytest.fixture
def store(database: Database) -> ImageStore:
    return ImageStore(database)


@pytest.fixture
async def project_id(database: Database) -> UUID:
    project_id = uuid4()
    await database.execute("INSERT INTO project (project_id, name) VALUES ($1, $2)", project_id, str(project_id))
    return project_id
