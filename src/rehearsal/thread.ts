/** The thread in which a rehearsal cloud is served. */
import { systemClock } from '../host/clock.ts';
import { systemRandom } from '../host/random.ts';
import { tellStarter, threadData } from '../host/thread.ts';
import { serveRehearsal } from './serve.ts';
import type { ThreadData } from './start.ts';

const { url } = await serveRehearsal(threadData() as ThreadData, { clock: systemClock, random: systemRandom });
tellStarter({ url });
