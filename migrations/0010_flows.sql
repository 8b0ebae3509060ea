-- Versions that hold graphs, and the records of their runs, node by node.

-- NULL: the version, or the draft, holds messages.
ALTER TABLE version ADD COLUMN graph jsonb;
ALTER TABLE session ADD COLUMN graph jsonb;

ALTER TABLE prompt ADD COLUMN strict_variables boolean NOT NULL DEFAULT false;

ALTER TABLE run
  -- Whether it runs a graph: then it has rows in node_run, and no provider, model or messages of its own.
  ADD COLUMN is_flow boolean NOT NULL DEFAULT false,
  -- Which versions of stored prompts the nodes of a graph take, by node id, for as long as spec is kept.
  ADD COLUMN pins json,
  -- What the settings of a template became for its model; NULL when nothing was changed. Those of a graph stand in node_run.
  ADD COLUMN adjustments json,
  ADD COLUMN images bigint;

-- The nodes of graphs that asked a model. Partitioned as run is, by the same id.
CREATE TABLE node_run (
  project_id uuid NOT NULL,
  run_id uuid NOT NULL,
  node_id text NOT NULL,
  name text NOT NULL,
  -- The token of the driver that wrote the row, as in run.
  attempt bigint NOT NULL,
  -- The nodes of a run that have ended, counted from 1 in the order in which they were recorded; NULL while it is under way.
  position bigint,
  state text NOT NULL,
  -- How often the provider was asked, by all drivers.
  attempts bigint NOT NULL,
  provider text NOT NULL,
  model text NOT NULL,
  messages json,
  -- The text, as JSON.
  output json,
  image json,
  finish_reason text NOT NULL,
  input_tokens bigint NOT NULL,
  output_tokens bigint NOT NULL,
  images bigint NOT NULL,
  error json,
  adjustments json,
  -- The output is there for the run's next driver alone: its key omits payloads, and it goes with the run's end.
  is_passing boolean NOT NULL,
  start_time timestamptz NOT NULL,
  end_time timestamptz,
  PRIMARY KEY (project_id, run_id, node_id),
  CONSTRAINT node_run_state CHECK (state IN ('RUNNING', 'SUCCEEDED', 'FAILED'))
) PARTITION BY RANGE (run_id);

CREATE TABLE node_run_default PARTITION OF node_run DEFAULT WITH (fillfactor = 70);

CREATE INDEX node_run_passing ON node_run (project_id, run_id) WHERE is_passing AND output IS NOT NULL;
