/** The CA of a cluster with TLS: made once, kept by the vault, the same on every node, and seen by nobody else. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { StepContext } from '../../../src/engine/step.ts';
import { createRedactor } from '../../../src/host/redact.ts';
import { installCa, makeCa } from '../../../src/steps/certificates.ts';
import type { StepPorts } from '../../../src/steps/ports.ts';
import { runStack } from '../../../src/steps/run-stack.ts';
import { access, Lab } from '../rehearsal/node/lab.ts';

const MAKER = access.node;
let lab: Lab;
let vault: Map<string, string>;
let writes: string[];

beforeEach(() => {
  lab = new Lab();
  vault = new Map();
  writes = [];
  lab.prepare(lab.controller, 'controller', '', ',tls-proxy');
  lab.prepare(lab.compute, 'compute', '', ',tls-proxy');
});

/** A step's context with the vault of this test, and what `install-ca` of the maker gave. */
function contextOf(server: string, installed: unknown = null, attempt = 1): StepContext<StepPorts> {
  const context = lab.contextOf(server);
  const secrets = {
    has: (name: string) => vault.has(name),
    get: (name: string) => vault.get(name) ?? '',
    async ensure(name: string, make: () => string) {
      writes.push(name);
      vault.set(name, vault.get(name) ?? make());
      return vault.get(name);
    },
  };
  const outputOf = (key: string) => (key === `install-ca/${MAKER}` ? installed : { address: '198.18.0.10' });
  return { ...context, attempt, outputOf, ports: { ...context.ports, secrets } } as unknown as StepContext<StepPorts>;
}

async function share(): Promise<{ readonly sha256: string; readonly certificate: string }> {
  await makeCa.perform(contextOf(lab.controller), access);
  const first = await installCa.perform(contextOf(lab.controller), { ...access, maker: MAKER });
  const compute = { ...access, node: 'lab-compute-1', maker: MAKER };
  expect(await installCa.perform(contextOf(lab.compute, first), compute)).toEqual(first);
  return first;
}

describe('the CA', () => {
  test('is in the vault with its keys before any node is given it, the keys first', async () => {
    const { certificate } = await share();
    expect(writes).toEqual(['ca_keys', 'ca']);
    expect(Buffer.from(certificate, 'base64').toString()).toContain('BEGIN CERTIFICATE');
    expect(vault.get('ca_keys')).toContain('BEGIN PRIVATE KEY');
  });

  test('is made once: where the vault has it, nobody is asked, and a node made anew gets the same', async () => {
    const first = await share();
    const again = lab.nodes.addServer('controller-anew', '198.18.0.12');
    const jobs = lab.nodes.world.job.size;
    await makeCa.perform(contextOf(again), access);
    expect(lab.nodes.world.job.size).toBe(jobs);
    expect(await installCa.perform(contextOf(again), { ...access, maker: MAKER })).toEqual(first);
    expect(writes).toEqual(['ca_keys', 'ca']);
  });

  test('that was read only in part is read again; what another attempt left is no matter', async () => {
    await makeCa.perform(contextOf(lab.controller), access);
    const [keys, packed] = [vault.get('ca_keys'), vault.get('ca')];
    vault.delete('ca');
    await makeCa.perform(contextOf(lab.controller), access);
    expect([vault.get('ca_keys'), vault.get('ca')]).toEqual([keys, packed]);
  });

  test('that is not on the node any more when it is to be read takes another attempt', async () => {
    await share();
    vault.clear();
    await expect(makeCa.perform(contextOf(lab.controller), access)).rejects.toMatchObject({
      code: 'job-failed',
      disposition: 'retryable',
    });
    expect(vault.size).toBe(0);
    await makeCa.perform(contextOf(lab.controller, null, 2), access);
    expect(vault.has('ca')).toBe(true);
  });

  test('of another node is told', async () => {
    await share();
    const other = { sha256: '0'.repeat(64), certificate: 'AAAA' };
    const compute = { ...access, node: 'lab-compute-1', maker: MAKER };
    await expect(installCa.perform(contextOf(lab.compute, other, 2), compute)).rejects.toThrow(
      'the root certificate is not that of lab-controller',
    );
  });
});

test('of the CA its keys are hidden, whole and line by line, and the certificate is not', async () => {
  const { certificate } = await share();
  const redactor = createRedactor(vault);
  const line = vault.get('ca_keys')?.split('\n')[3] ?? '';
  expect(redactor.text(`+ echo ${line}`)).toBe('+ echo ‹ca_keys›');
  expect(redactor.text(`export CA='${vault.get('ca')}'`)).toBe("export CA='‹ca›'");
  const shown = Buffer.from(certificate, 'base64').toString();
  expect(redactor.text(shown)).toBe(shown);
});

describe('a rehearsed compute with TLS', () => {
  test('joins the controller whose CA it has', async () => {
    await share();
    await runStack.perform(lab.contextOf(lab.controller), access);
    expect((await runStack.perform(lab.contextOf(lab.compute), access)).seconds).toBeGreaterThan(0);
  });

  test('is refused without it', async () => {
    await runStack.perform(lab.contextOf(lab.controller), access);
    await expect(runStack.perform(lab.contextOf(lab.compute), access)).rejects.toMatchObject({
      details: { class: 'certificate-untrusted' },
    });
  });
});
