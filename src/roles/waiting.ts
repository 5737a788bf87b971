/** What a stack.sh says in its summary while our plugin holds it until other nodes are ready. */

export const WAITING = {
  begun: 'Waiting for other nodes',
  over: 'Other nodes are ready',
} as const;
