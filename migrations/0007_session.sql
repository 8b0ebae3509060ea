-- Drafts of versions, and serials of the messages of both.

-- The serial of the first message of a version; the others follow. 0: the version is older than this column and has no messages.
ALTER TABLE version ADD COLUMN first_message_serial bigint NOT NULL DEFAULT 0;

UPDATE version
SET first_message_serial = numbered.first
FROM (
  SELECT
    project_id,
    version_id,
    sum(jsonb_array_length(messages)) OVER (PARTITION BY project_id ORDER BY serial) - jsonb_array_length(messages) + 1 AS first
  FROM version
) AS numbered
WHERE version.project_id = numbered.project_id
  AND version.version_id = numbered.version_id
  AND jsonb_array_length(version.messages) > 0;

INSERT INTO counter (project_id, name, value)
SELECT project_id, 'message', sum(jsonb_array_length(messages))
FROM version
GROUP BY project_id;

CREATE TABLE session (
  project_id uuid NOT NULL,
  session_id uuid NOT NULL,
  serial bigint NOT NULL,
  prompt_id uuid NOT NULL,
  -- The version that it began as; NULL when it began as nothing.
  base_version_id uuid,
  name text NOT NULL,
  messages jsonb NOT NULL,
  first_message_serial bigint NOT NULL,
  variables jsonb NOT NULL,
  images jsonb NOT NULL,
  provider text NOT NULL,
  model text NOT NULL,
  parameters jsonb NOT NULL,
  inputs jsonb NOT NULL,
  create_time timestamptz NOT NULL DEFAULT now(),
  update_time timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (project_id, session_id),
  FOREIGN KEY (project_id, prompt_id) REFERENCES prompt,
  FOREIGN KEY (project_id, base_version_id) REFERENCES version
);

CREATE UNIQUE INDEX session_serial ON session (project_id, serial);
CREATE INDEX session_by_prompt ON session (project_id, prompt_id, session_id);
