-- Runs that survive their server: which server drives a run under which token, and what another one needs to go on with it.

ALTER TABLE run
  -- Who drives the run; NULL while it is queued, and for runs older than this column.
  ADD COLUMN server_id uuid,
  -- How often the run was started. It is also the token of its driver: what a former driver writes names an earlier one.
  ADD COLUMN attempt bigint NOT NULL DEFAULT 1,
  -- The RunSpec of a run that others may go on with, until its end; NULL for one that ends with its server.
  ADD COLUMN spec bytea,
  ADD COLUMN streamed boolean NOT NULL DEFAULT false,
  -- When somebody asked for the run to be cancelled: its driver ends it.
  ADD COLUMN cancel_time timestamptz;

-- Servers and workers that drive runs. `lease` is the uptime (see below) up to which a server counts as alive.
CREATE TABLE server (
  server_id uuid PRIMARY KEY,
  lease interval NOT NULL,
  -- Runs that it drives itself, rather than a job, were created no longer than this before its last renewal.
  longest_run interval NOT NULL,
  renew_time timestamptz NOT NULL DEFAULT now(),
  -- When the runs of the dead server were taken from it first.
  swept_uptime interval
) WITH (fillfactor = 50);

-- For how long the database was within reach of any server: it stands still while it is not, so that no lease lapses by an
-- outage, and jumps of the clock are cut.
CREATE TABLE uptime (
  singleton boolean PRIMARY KEY DEFAULT true,
  value interval NOT NULL,
  tick_time timestamptz NOT NULL,
  CONSTRAINT uptime_singleton CHECK (singleton)
) WITH (fillfactor = 50);

INSERT INTO uptime (value, tick_time) VALUES ('0 s', now());
