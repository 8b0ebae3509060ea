"""The stores of prompts and of what belongs to them, over one database."""

from dataclasses import dataclass

from services.db import Database
from services.prompts.document_store import DocumentStore
from services.prompts.folder_store import FolderStore
from services.prompts.label_store import LabelStore
from services.prompts.session_store import SessionStore
from services.prompts.store import PromptStore
from services.prompts.version_store import VersionStore


@dataclass(frozen=True, slots=True)
class Stores:
    """One store of each kind."""

    folders: FolderStore
    prompts: PromptStore
    versions: VersionStore
    labels: LabelStore
    sessions: SessionStore
    documents: DocumentStore

    @classmethod
    def over(cls, database: Database) -> "Stores":
        """Make them."""
        return cls(
            FolderStore(database),
            PromptStore(database),
            VersionStore(database),
            LabelStore(database),
            SessionStore(database),
            DocumentStore(database),
        )
