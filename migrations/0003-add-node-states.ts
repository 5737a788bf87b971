/** Nodes that leave a cluster: they are removed while the others stay, and their names and generations are remembered. */

/** `leaving`: its removal is planned. `gone`: nothing of it is left; who comes back under this name is of a later generation. */
export const addNodeStates = {
  number: 3,
  name: 'add-node-states',
  sql: `
ALTER TABLE nodes ADD COLUMN state TEXT NOT NULL DEFAULT 'here' CHECK (state IN ('here', 'leaving', 'gone'));
`,
} as const;
