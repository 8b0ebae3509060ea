-- The events of streamed runs, so that a stream can be resumed from any server; kept for an hour after the run's end.

CREATE TABLE run_event (
  project_id uuid NOT NULL,
  run_id uuid NOT NULL,
  sequence bigint NOT NULL,
  -- A serialized RunEvent.
  event bytea NOT NULL,
  create_time timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (project_id, run_id, sequence)
);
