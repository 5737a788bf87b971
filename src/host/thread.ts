/** A thread of ours: a module run beside us with its own event loop, which ends with us and shares nothing but messages. */
import { parentPort, Worker, workerData } from 'node:worker_threads';

export interface Thread<Message> {
  /** Its first message. Rejects with what it died of before. */
  readonly ready: Promise<Message>;
  /** Resolves when it has ended. */
  stop(): Promise<void>;
}

/** `data` is copied to it. What it dies of later is thrown as an uncaught error. */
export function startThread<Message>(module: URL, data: unknown): Thread<Message> {
  const worker = new Worker(module, { workerData: data });
  const ready = new Promise<Message>((resolve, reject) => {
    worker.once('message', (message: Message) => {
      worker.off('error', reject);
      resolve(message);
    });
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the thread ended with ${code} before it was ready`)));
  });
  return {
    ready,
    async stop() {
      await worker.terminate();
    },
  };
}

/** What a thread was started with. */
export function threadData(): unknown {
  return workerData;
}

/** From a thread to who started it. */
export function tellStarter(message: unknown): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- the rule means windows
  parentPort?.postMessage(message);
}
