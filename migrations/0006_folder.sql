-- Folders, and prompts in them.

CREATE TABLE folder (
  project_id uuid NOT NULL REFERENCES project,
  folder_id uuid NOT NULL,
  name text NOT NULL,
  -- NULL: nobody said.
  description text,
  create_time timestamptz NOT NULL DEFAULT now(),
  update_time timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (project_id, folder_id)
);

-- NULL: at the root. A prompt that was deleted is in no folder.
ALTER TABLE prompt ADD COLUMN folder_id uuid;

-- It holds for all rows to come, and those that are there are NULL: there is nothing to validate.
ALTER TABLE prompt
ADD CONSTRAINT prompt_folder FOREIGN KEY (project_id, folder_id) REFERENCES folder NOT VALID;

-- Prompts are few, and writes to them rare: they may wait for the moment that this takes.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX prompt_by_folder ON prompt (project_id, folder_id, prompt_id) WHERE delete_time IS NULL;
