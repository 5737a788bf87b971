/** Two rehearsed servers, a controller and a compute, and the steps' view of them; jobs run to their ends at once. */
import { createHash } from 'node:crypto';
import type { JsonObject, StepContext } from '../../../../src/engine/step.ts';
import type { JobSpec, RemoteNode } from '../../../../src/remote/remote.ts';
import type { StepPorts } from '../../../../src/steps/ports.ts';
import { MemorySink } from '../../../hosts/memory-sink.ts';
import { load } from '../../layout/small-layout.ts';
import { LANGUAGE, RehearsedNodes, spec } from './rehearsed-node.ts';

export const CONTROLLER = '198.18.0.10';
const COMPUTE = '198.18.0.11';
export const HOSTS = `${CONTROLLER} lab-controller|${COMPUTE} lab-compute-1`;
export const LOCAL_CONF = `[[local|localrc]]
SERVICE_HOST=${CONTROLLER}
ADMIN_PASSWORD=adminWord
DATABASE_PASSWORD='dataWord'
NOVA_READY_TIMEOUT=240
disable_all_services
`;
export const SERVICES = {
  controller: 'key,mysql,rabbit,n-api,g-api,q-svc,ovn-northd',
  compute: 'n-cpu,ovn-controller,q-ovn-agent',
};

const LAYOUT = 'version: 1\nname: one\ngroups:\n  lab-controller: {role: allinone}\n';

/** How steps reach the controller. */
export const access = { node: 'lab-controller', user: 'debian', access: 'fixed', isHeld: false, restack: 0 } as const;

export class Lab {
  readonly nodes = new RehearsedNodes();
  /** What runs of stack.sh taught. */
  readonly learned: JsonObject[] = [];
  readonly controller = this.nodes.addServer('controller-server', CONTROLLER);
  readonly compute = this.nodes.addServer('compute-server', COMPUTE);

  run(server: string, kind: string, env: JobSpec['env'] = {}): ReturnType<RehearsedNodes['finish']> {
    return this.nodes.finish(server, spec(`${kind}-g1-a1`, { env }));
  }

  writeLocalConf(server: string, text: string): ReturnType<RehearsedNodes['finish']> {
    const sha256 = createHash('sha256').update(text).digest('hex');
    const env = { LOCAL_CONF: Buffer.from(text).toString('base64'), SHA256: sha256 };
    return this.run(server, 'write-local-conf', env);
  }

  /** All that comes before stack.sh; `localrc` are lines of their own. */
  prepare(server: string, role: 'controller' | 'compute', localrc = '', more = ''): void {
    this.run(server, 'set-names', { NODE_NAME: role === 'controller' ? 'lab-controller' : 'lab-compute-1', HOSTS });
    this.run(server, 'create-stack-user');
    this.run(server, 'clone-devstack');
    this.writeLocalConf(server, `${LOCAL_CONF}${localrc}ENABLED_SERVICES=${SERVICES[role]}${more}\n`);
  }

  /** A step's view of one of the nodes. */
  contextOf(server: string): StepContext<StepPorts> {
    const node = {
      runShortJob: async (job: JobSpec) => {
        const { output, code } = this.nodes.finish(server, job);
        return { verdict: 'exited', code, output, logBytes: 0, logSha256: '' };
      },
      runJob: async (job: JobSpec, sink: MemorySink) => {
        const { output, code } = this.nodes.finish(server, job);
        await sink.append(Buffer.from(output));
        return { verdict: 'exited', code, logBytes: output.length, logSha256: '' };
      },
      readFile: async (path: string, offset: number, limit: number) =>
        this.nodes.ask(server, LANGUAGE.readFile(path, offset, limit)).body,
    } as unknown as RemoteNode;
    const sink = Object.assign(new MemorySink(), {
      path: 'the log',
      close: async () => undefined,
      tail: async (bytes: number) => sink.bytes.subarray(-bytes).toString(),
    });
    return {
      generation: 1,
      attempt: 1,
      epoch: 1,
      signal: new AbortController().signal,
      report: () => undefined,
      outputOf: () => ({ address: '' }),
      findOutput: () => ({ hostKey: 'ssh-ed25519 AAAA' }),
      ports: {
        node: () => node,
        secrets: { get: () => '' },
        keys: { publicOf: () => '' },
        openLog: async () => sink,
        clock: {
          now: () => new Date(Date.parse('2026-03-01T12:00:00Z') + this.nodes.nowMs),
          // Whoever sleeps here only looks at the summary meanwhile.
          sleep: async (_ms: number, signal: AbortSignal) => {
            if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
            throw signal.reason;
          },
        },
        cluster: { name: 'lab', layout: load(LAYOUT) },
        stackTimes: {
          list: () => [],
          record: (_kind: unknown, _step: unknown, times: JsonObject) => this.learned.push(times),
        },
      },
    } as unknown as StepContext<StepPorts>;
  }
}
