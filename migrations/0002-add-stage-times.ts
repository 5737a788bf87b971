/** What runs of stack.sh took from milestone to milestone, so that later ones can say how far they are. */

/** No cluster is named: what was learned from one outlives it. `source` says which run it was, so that it is recorded once. */
export const addStageTimes = {
  number: 2,
  name: 'add-stage-times',
  sql: `
CREATE TABLE stage_times (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  source TEXT NOT NULL UNIQUE,
  times TEXT NOT NULL CHECK (json_valid(times)),
  recorded_at TEXT NOT NULL
) STRICT;
CREATE INDEX stage_times_of_kind ON stage_times (kind, id);
`,
} as const;
