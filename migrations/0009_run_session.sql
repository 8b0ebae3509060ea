-- Runs of sessions, which have no version: what was drafted when such a run began goes with it to whoever drives it.

ALTER TABLE run
  -- NULL for the run of a session, whose version_number is 0. Only servers that know of sessions write it.
  -- squawk-ignore ban-drop-not-null
  ALTER COLUMN version_id DROP NOT NULL,
  -- The session that was run; NULL when a version was.
  ADD COLUMN session_id uuid,
  -- The Session of a run that others may go on with, as it was when the run began, for as long as spec is kept.
  ADD COLUMN draft bytea;
