/** How many may do something at once: the rest wait in line, and may leave it. */

export interface ConnectGate {
  /** Waits for a place and gives the way to leave it; rejects with the signal's reason when that aborts first. */
  enter(signal: AbortSignal): Promise<() => void>;
}

export function openGate(limit: number): ConnectGate {
  let inside = 0;
  const line = new Set<() => void>();
  const leave = (): (() => void) => {
    let hasLeft = false;
    return () => {
      if (hasLeft) return;
      hasLeft = true;
      inside -= 1;
      const [next] = line;
      next?.();
    };
  };
  return {
    enter: (signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) {
          reject(signal.reason as Error);
          return;
        }
        const admit = (): void => {
          signal.removeEventListener('abort', giveUp);
          line.delete(admit);
          inside += 1;
          resolve(leave());
        };
        const giveUp = (): void => {
          line.delete(admit);
          reject(signal.reason as Error);
        };
        if (inside < limit) {
          admit();
          return;
        }
        line.add(admit);
        signal.addEventListener('abort', giveUp, { once: true });
      }),
  };
}
