/** A builder in a process of its own, to be killed from outside: `driver.ts FOLDER create|destroy NOW_MS` prints when it ended. */
import { Simulation } from '../simulation/simulated-builder.ts';

const [folder = '', verb, nowMs] = process.argv.slice(2);
const simulation = new Simulation({ folder, beganMs: Number(nowMs) });
const outcome = await simulation[verb === 'destroy' ? 'destroy' : 'create']();
if (simulation.lastError !== null) process.stderr.write(`${simulation.lastError.message}\n`);
process.stdout.write(String(simulation.clock.now().getTime()));
process.exit(outcome === 'crashed' ? 1 : outcome);
