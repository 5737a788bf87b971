/** How many nodes can be connected at once with the file descriptors there are. */

/** The journal, the cloud's API at its fastest, a rehearsal, and Node itself. */
const OUR_OWN = 96;
/** A connection, its place in the handshake, and the file of a log with its folder. */
const OF_NODE = 4;

export interface Connections {
  readonly count: number;
  /** For people; null where the limit hinders nobody. */
  readonly warning: string | null;
}

/** `limit` is of file descriptors, null for none; `wanted` nodes would be worked on at once. */
export function fitConnections(limit: number | null, wanted: number): Connections {
  const room = limit === null ? wanted : Math.max(1, Math.floor((limit - OUR_OWN) / OF_NODE));
  if (room >= wanted) return { count: wanted, warning: null };
  return {
    count: room,
    warning: `W9003 fd-limit: ${limit}; using ${room} ${room === 1 ? 'connection' : 'connections'}`,
  };
}
