-- Limits of keys, exact over all servers: what a key may do, what it did in the current minute, which runs it has.

-- 0: no limit.
ALTER TABLE key
  ADD COLUMN requests_per_minute bigint NOT NULL DEFAULT 0,
  ADD COLUMN concurrent_runs bigint NOT NULL DEFAULT 0;

-- One row a limited key, which is also what its servers lock. A minute begins with the first run after the one before.
CREATE TABLE key_use (
  project_id uuid NOT NULL,
  key_id text NOT NULL,
  minute_start timestamptz NOT NULL,
  requests bigint NOT NULL,
  PRIMARY KEY (project_id, key_id)
) WITH (fillfactor = 50);

-- The runs of limited keys. A row counts until its run has ended; what ended is removed when the next run begins.
CREATE TABLE key_run (
  project_id uuid NOT NULL,
  key_id text NOT NULL,
  run_id uuid NOT NULL,
  -- Another project than the key's when an operator works there.
  run_project_id uuid NOT NULL,
  create_time timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (project_id, key_id, run_id)
);
