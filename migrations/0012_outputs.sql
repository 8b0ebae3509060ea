-- What the answers of models are read as, and what runs are found by: metadata, ratings, words, models and reasons of errors.

-- The index of a partitioned table cannot be built concurrently; runs wait while it is built.
-- squawk-ignore-file require-concurrent-index-creation

-- NULL: text.
ALTER TABLE version ADD COLUMN output_format jsonb;
ALTER TABLE session ADD COLUMN output_format jsonb;

ALTER TABLE run
  -- NULL: none was given.
  ADD COLUMN metadata jsonb,
  -- That of the run's error, or of the first of its outputs that has one.
  ADD COLUMN reason text,
  ADD COLUMN stars bigint,
  ADD COLUMN rating_comment text,
  ADD COLUMN rate_time timestamptz;

-- How often the runs of a version were rated, and with how many stars in all. Runs come and go, this stays.
CREATE TABLE version_rating (
  project_id uuid NOT NULL,
  version_id uuid NOT NULL,
  count bigint NOT NULL,
  stars bigint NOT NULL,
  PRIMARY KEY (project_id, version_id),
  FOREIGN KEY (project_id, version_id) REFERENCES version
) WITH (fillfactor = 50);

-- The words of a run's inputs and outputs. Written a moment after its end, so that no run waits for it.
CREATE TABLE run_text (
  project_id uuid NOT NULL,
  run_id uuid NOT NULL,
  words tsvector NOT NULL,
  PRIMARY KEY (project_id, run_id)
) PARTITION BY RANGE (run_id);

CREATE TABLE run_text_default PARTITION OF run_text DEFAULT WITH (fillfactor = 100);

CREATE INDEX run_text_words ON run_text USING gin (words);

-- The runs whose words are still to be written.
CREATE TABLE run_text_due (
  project_id uuid NOT NULL,
  run_id uuid NOT NULL,
  PRIMARY KEY (project_id, run_id)
);

UPDATE run
SET reason = error ->> 'reason'
WHERE error IS NOT NULL;

-- No update at a run's end that succeeds sets a column that these name, so it stays HOT.
CREATE INDEX run_by_model ON run (project_id, model, run_id);
CREATE INDEX run_by_key ON run (project_id, key_id, run_id);
CREATE INDEX run_with_error ON run (project_id, run_id) WHERE error IS NOT NULL;
CREATE INDEX run_by_reason ON run (project_id, reason, run_id) WHERE reason IS NOT NULL;
CREATE INDEX run_by_stars ON run (project_id, stars, run_id) WHERE stars IS NOT NULL;
CREATE INDEX run_by_metadata ON run USING gin (metadata jsonb_path_ops) WHERE metadata IS NOT NULL;
CREATE INDEX node_run_by_model ON node_run (project_id, model, run_id);
