-- Images that runs made, each once by its content.

CREATE TABLE image (
  project_id uuid NOT NULL REFERENCES project,
  -- SHA-256 of the bytes.
  digest bytea NOT NULL,
  media_type text NOT NULL,
  is_placeholder boolean NOT NULL,
  data bytea NOT NULL,
  -- When a run made it last.
  store_time timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (project_id, digest)
);

-- Images do not compress, and parts of them are read.
ALTER TABLE image ALTER COLUMN data SET STORAGE EXTERNAL;
