-- Webhooks of runs: what is to be told, its deliveries with their tries, and which of them are due; runs without a prompt.
-- The index of a partitioned table cannot be built concurrently; these are empty.
-- squawk-ignore-file require-concurrent-index-creation

ALTER TABLE run
  -- The URL, its host, the events, the body and headers that are not the standard ones. NULL: nobody is told.
  ADD COLUMN webhook jsonb,
  -- NULL for a run of inline content. Only servers that know of it write it.
  -- squawk-ignore ban-drop-not-null
  ALTER COLUMN prompt_id DROP NOT NULL;

-- Written in the transaction that makes what they tell. Partitioned as run is, by the same id.
CREATE TABLE delivery (
  project_id uuid NOT NULL,
  run_id uuid NOT NULL,
  -- The order within the run.
  position bigint NOT NULL,
  delivery_id uuid NOT NULL,
  event text NOT NULL,
  node_id text NOT NULL,
  url text NOT NULL,
  state text NOT NULL DEFAULT 'PENDING',
  -- That of every try; NULL before the first one.
  body text,
  try_count bigint NOT NULL DEFAULT 0,
  create_time timestamptz NOT NULL DEFAULT now(),
  end_time timestamptz,
  PRIMARY KEY (project_id, run_id, position),
  CONSTRAINT delivery_state CHECK (state IN ('PENDING', 'SUCCEEDED', 'FAILED'))
) PARTITION BY RANGE (run_id);

CREATE TABLE delivery_default PARTITION OF delivery DEFAULT WITH (fillfactor = 70);

CREATE INDEX delivery_by_id ON delivery (project_id, delivery_id);

CREATE TABLE delivery_try (
  project_id uuid NOT NULL,
  run_id uuid NOT NULL,
  position bigint NOT NULL,
  number bigint NOT NULL,
  start_time timestamptz NOT NULL,
  seconds double precision NOT NULL,
  -- NULL: there was no answer, as error says.
  status bigint,
  error text,
  answer text,
  PRIMARY KEY (project_id, run_id, position, number)
) PARTITION BY RANGE (run_id);

CREATE TABLE delivery_try_default PARTITION OF delivery_try DEFAULT WITH (fillfactor = 100);

-- The deliveries that are to be tried, now or later. Whoever tries one puts it off for longer than that can take.
CREATE TABLE delivery_due (
  project_id uuid NOT NULL,
  run_id uuid NOT NULL,
  position bigint NOT NULL,
  host text NOT NULL,
  -- How often it failed since it was put here.
  failures bigint NOT NULL DEFAULT 0,
  next_time timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (project_id, run_id, position)
);

CREATE INDEX delivery_due_next ON delivery_due (host, next_time);

-- Which of a project's secrets signs, and until when the one before does, too. A project without a row has the first.
CREATE TABLE webhook_secret (
  project_id uuid PRIMARY KEY REFERENCES project,
  generation bigint NOT NULL,
  previous_expire_time timestamptz NOT NULL
);
