/** The first schema of the state: clusters with their plan, every attempt, what it made, and the events of all runs. */

/**
 * Tables are STRICT, times UTC ISO text, JSON checked. The partial unique indexes say what must never be: two steps of one key,
 * two open attempts of one step, two living objects for one key, one object owned twice.
 */
export const createSchema = {
  number: 1,
  name: 'create-schema',
  sql: `
CREATE TABLE owner (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  epoch INTEGER NOT NULL CHECK (epoch > 0),
  pid INTEGER NOT NULL,
  host TEXT NOT NULL,
  since TEXT NOT NULL,
  verb TEXT NOT NULL
) STRICT;

CREATE TABLE clusters (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  auth_url TEXT NOT NULL,
  region TEXT,
  project_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  phase TEXT NOT NULL CHECK (phase IN ('creating', 'ready', 'failed', 'destroying', 'destroyed')),
  settle_ms INTEGER NOT NULL CHECK (settle_ms >= 0),
  choices TEXT NOT NULL CHECK (json_valid(choices)),
  created_at TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX one_name ON clusters (name) WHERE phase <> 'destroyed';

CREATE TABLE layouts (
  id INTEGER PRIMARY KEY,
  cluster_id TEXT NOT NULL REFERENCES clusters ON DELETE CASCADE,
  sha256 TEXT NOT NULL,
  body TEXT NOT NULL CHECK (json_valid(body)),
  saved_at TEXT NOT NULL,
  UNIQUE (cluster_id, sha256)
) STRICT;

CREATE TABLE nodes (
  id INTEGER PRIMARY KEY,
  cluster_id TEXT NOT NULL REFERENCES clusters ON DELETE CASCADE,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  node_group TEXT NOT NULL,
  generation INTEGER NOT NULL DEFAULT 1 CHECK (generation > 0),
  UNIQUE (cluster_id, name)
) STRICT;

CREATE TABLE runs (
  id INTEGER PRIMARY KEY,
  cluster_id TEXT REFERENCES clusters ON DELETE SET NULL,
  verb TEXT NOT NULL,
  argv TEXT NOT NULL CHECK (json_valid(argv)),
  epoch INTEGER NOT NULL,
  started_at TEXT NOT NULL,
  ended_at TEXT,
  exit_code INTEGER,
  error TEXT CHECK (error IS NULL OR json_valid(error)),
  CHECK ((ended_at IS NULL) = (exit_code IS NULL))
) STRICT;

CREATE TABLE steps (
  id INTEGER PRIMARY KEY,
  cluster_id TEXT NOT NULL REFERENCES clusters ON DELETE CASCADE,
  node_id INTEGER REFERENCES nodes ON DELETE CASCADE,
  position INTEGER NOT NULL,
  key TEXT NOT NULL,
  kind TEXT NOT NULL,
  version INTEGER NOT NULL,
  lifetime TEXT NOT NULL CHECK (lifetime IN ('cluster', 'server')),
  input TEXT NOT NULL CHECK (json_valid(input)),
  after TEXT NOT NULL CHECK (json_valid(after)),
  generation INTEGER NOT NULL CHECK (generation > 0),
  state TEXT NOT NULL CHECK (state IN ('pending', 'open', 'done', 'failed', 'superseded')),
  output TEXT CHECK (output IS NULL OR json_valid(output)),
  CHECK (state <> 'done' OR output IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX one_step ON steps (cluster_id, key) WHERE state <> 'superseded';
CREATE INDEX steps_in_order ON steps (cluster_id, position, id);

CREATE TABLE attempts (
  id INTEGER PRIMARY KEY,
  step_id INTEGER NOT NULL REFERENCES steps ON DELETE CASCADE,
  number INTEGER NOT NULL CHECK (number > 0),
  epoch INTEGER NOT NULL,
  nonce TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL CHECK (state IN ('intent', 'uncertain', 'ok', 'failed', 'moot')),
  intended_at TEXT NOT NULL,
  ended_at TEXT,
  error TEXT CHECK (error IS NULL OR json_valid(error)),
  UNIQUE (step_id, number),
  CHECK ((ended_at IS NULL) = (state IN ('intent', 'uncertain')))
) STRICT;
CREATE UNIQUE INDEX one_open ON attempts (step_id) WHERE state IN ('intent', 'uncertain');

CREATE TABLE resources (
  id INTEGER PRIMARY KEY,
  cluster_id TEXT NOT NULL REFERENCES clusters ON DELETE CASCADE,
  attempt_id INTEGER REFERENCES attempts ON DELETE SET NULL,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  generation INTEGER NOT NULL CHECK (generation > 0),
  cloud_id TEXT,
  nonce TEXT,
  state TEXT NOT NULL CHECK (state IN ('creating', 'present', 'surplus', 'deleting', 'gone', 'foreign')),
  seen_at TEXT NOT NULL,
  CHECK (state <> 'present' OR cloud_id IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX one_live ON resources (cluster_id, kind, key) WHERE state IN ('creating', 'present');
CREATE UNIQUE INDEX one_owner ON resources (kind, cloud_id) WHERE cloud_id IS NOT NULL;
CREATE INDEX resources_of_attempt ON resources (attempt_id);

CREATE TABLE jobs (
  attempt_id INTEGER PRIMARY KEY REFERENCES attempts ON DELETE CASCADE,
  log_offset INTEGER NOT NULL CHECK (log_offset >= 0),
  prefix_sha256 TEXT NOT NULL,
  file_bytes INTEGER NOT NULL CHECK (file_bytes >= 0),
  file TEXT NOT NULL
) STRICT;

CREATE TABLE events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  run_id INTEGER NOT NULL REFERENCES runs,
  epoch INTEGER NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT,
  body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;
`,
} as const;
