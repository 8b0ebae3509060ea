-- The ground: projects, keys, prompts with immutable versions, runs. project_id leads every key, so that a project can be moved, sharded or dropped.

CREATE TABLE project (
  project_id uuid PRIMARY KEY,
  name text NOT NULL UNIQUE,
  create_time timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT project_name_length CHECK (length(name) BETWEEN 1 AND 255)
);

-- Numbers that a project gives out in order, such as the serials of its versions: a row, not a sequence, so that it moves with the project.
CREATE TABLE counter (
  project_id uuid NOT NULL REFERENCES project,
  name text NOT NULL,
  value bigint NOT NULL,
  PRIMARY KEY (project_id, name)
);

-- The one global index: finds the project of a secret by the public id in it.
CREATE TABLE key_route (
  key_id text PRIMARY KEY,
  project_id uuid NOT NULL REFERENCES project
);

CREATE TABLE key (
  project_id uuid NOT NULL REFERENCES project,
  key_id text NOT NULL,
  display_name text NOT NULL,
  owner text NOT NULL,
  scopes text[] NOT NULL,
  omit_payloads boolean NOT NULL,
  secret_hash bytea NOT NULL,
  -- The secret that the last regeneration replaced, until previous_expire_time.
  previous_hash bytea,
  previous_expire_time timestamptz,
  generation bigint NOT NULL DEFAULT 1,
  create_time timestamptz NOT NULL DEFAULT now(),
  expire_time timestamptz,
  last_use_time timestamptz,
  revoke_time timestamptz,
  PRIMARY KEY (project_id, key_id)
);

CREATE INDEX key_by_create_time ON key (project_id, create_time DESC, key_id DESC);

-- Request ids that made something, so that a retry answers the same; a row older than 24 hours counts as absent.
CREATE TABLE request (
  project_id uuid NOT NULL REFERENCES project,
  key_id text NOT NULL,
  rpc text NOT NULL,
  request_id text NOT NULL,
  fingerprint bytea NOT NULL,
  resource_id text NOT NULL,
  create_time timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (project_id, key_id, rpc, request_id)
);

CREATE TABLE prompt (
  project_id uuid NOT NULL REFERENCES project,
  prompt_id uuid NOT NULL,
  name text NOT NULL,
  description text NOT NULL,
  alias text,
  -- The number of the newest version ever made: numbers are not used again after a delete.
  last_number bigint NOT NULL DEFAULT 0,
  create_time timestamptz NOT NULL DEFAULT now(),
  update_time timestamptz NOT NULL DEFAULT now(),
  delete_time timestamptz,
  PRIMARY KEY (project_id, prompt_id)
);

CREATE UNIQUE INDEX prompt_alias ON prompt (project_id, alias) WHERE delete_time IS NULL AND alias IS NOT NULL;

CREATE TABLE version (
  project_id uuid NOT NULL,
  version_id uuid NOT NULL,
  prompt_id uuid NOT NULL,
  number bigint NOT NULL,
  serial bigint NOT NULL,
  messages jsonb NOT NULL,
  variables jsonb NOT NULL,
  images jsonb NOT NULL,
  provider text NOT NULL,
  model text NOT NULL,
  parameters jsonb NOT NULL,
  commit_message text NOT NULL,
  create_time timestamptz NOT NULL DEFAULT now(),
  -- A tombstone: a deleted version is told apart from one that never was.
  delete_time timestamptz,
  PRIMARY KEY (project_id, version_id),
  FOREIGN KEY (project_id, prompt_id) REFERENCES prompt
);

CREATE UNIQUE INDEX version_number ON version (project_id, prompt_id, number);
CREATE UNIQUE INDEX version_serial ON version (project_id, serial);

-- Partitioned by the UUIDv7 id, which is the order of creation, so that retention can drop whole partitions. Payloads stand in the row: Postgres keeps
-- what is over 2 kB out of line, and the update at a run's end copies only what it changes. No index names a column that this update sets, so it stays HOT.
CREATE TABLE run (
  project_id uuid NOT NULL,
  run_id uuid NOT NULL,
  prompt_id uuid NOT NULL,
  version_id uuid NOT NULL,
  version_number bigint NOT NULL,
  key_id text NOT NULL,
  end_user_id text NOT NULL,
  state text NOT NULL,
  provider text NOT NULL,
  model text NOT NULL,
  inputs json,
  messages json,
  outputs json,
  input_tokens bigint,
  output_tokens bigint,
  finish_reason text,
  error json,
  create_time timestamptz NOT NULL,
  start_time timestamptz,
  end_time timestamptz,
  PRIMARY KEY (project_id, run_id),
  CONSTRAINT run_state CHECK (state IN ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED'))
) PARTITION BY RANGE (run_id);

CREATE TABLE run_default PARTITION OF run DEFAULT WITH (fillfactor = 70);

CREATE INDEX run_by_prompt ON run (project_id, prompt_id, run_id);
CREATE INDEX run_by_end_user ON run (project_id, end_user_id, run_id) WHERE end_user_id <> '';
