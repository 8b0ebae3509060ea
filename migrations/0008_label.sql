-- Movable names on versions, and who moved them.

CREATE TABLE label (
  project_id uuid NOT NULL,
  prompt_id uuid NOT NULL,
  label text NOT NULL,
  version_id uuid NOT NULL,
  protected boolean NOT NULL,
  create_time timestamptz NOT NULL DEFAULT now(),
  update_time timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (project_id, prompt_id, label),
  FOREIGN KEY (project_id, prompt_id) REFERENCES prompt,
  FOREIGN KEY (project_id, version_id) REFERENCES version,
  CONSTRAINT label_length CHECK (length(label) BETWEEN 1 AND 255)
);

CREATE INDEX label_by_version ON label (project_id, version_id);

-- NULL stands for no version: the label was new, or was deleted.
CREATE TABLE label_move (
  project_id uuid NOT NULL,
  prompt_id uuid NOT NULL,
  label text NOT NULL,
  move_id uuid NOT NULL,
  key_id text NOT NULL,
  from_version_id uuid,
  to_version_id uuid,
  create_time timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (project_id, prompt_id, label, move_id),
  FOREIGN KEY (project_id, prompt_id) REFERENCES prompt
);
