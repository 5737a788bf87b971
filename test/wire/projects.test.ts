/** What a layout wants of projects reaches the nodes, and what its refs stood at is the plan's. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { rehearse } from './rehearse.ts';

const LAYOUT = `version: 1
name: projects
config: {post-config: {$NOVA_CPU_CONF: {libvirt: {cpu_mode: custom}}}}
plugins:
- {name: heat, repo: "https://opendev.org/openstack/heat"}
changes:
- nova: refs/changes/50/5050/1
mirrors:
  pip: {index_url: "http://mirror/simple"}
  proxy: {http: "http://proxy:3128", no_proxy: [.example.org]}
files:
- {source: ceph.conf, path: /etc/ceph/ceph.conf, owner: "stack:stack"}
steps:
- {name: tune, script: tune.sh, at: before-stack, repeat: idempotent}
- {name: seed, script: seed.sh, at: after-discovery, repeat: once, nodes: [controller]}
groups:
  controller: {role: controller}
  compute: {role: compute, count: 1}
`;

function layoutFile(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'builder-projects-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'layout.yaml'), text);
  for (const name of ['ceph.conf', 'tune.sh', 'seed.sh']) writeFileSync(join(folder, name), `${name}\n`);
  return join(folder, 'layout.yaml');
}

const CREATE = ['create', '--cloud', 'rehearsal', '--rehearsal-speed', '1000', '--progress', 'none'];

test('a plugin is enabled at the commit that the plan tells, and a file of options on the nodes that have it', async (context) => {
  const { run, world } = rehearse(context);
  const file = layoutFile(LAYOUT);
  const shown = await run(...CREATE, '--layout', file, '--dry-run', '-f', 'json');
  expect(shown.code, shown.stderr).toBe(0);
  const { projects } = JSON.parse(shown.stdout) as { projects: { plugins: { ref: string; commit: string }[] } };
  expect(projects).toMatchObject({
    plugins: [{ name: 'heat', ref: 'stable/2026.1' }],
    changes: [{ project: 'nova', ref: 'refs/changes/50/5050/1' }],
  });
  const commit = projects.plugins[0]?.commit ?? '';
  expect(commit).toMatch(/^[0-9a-f]{40}$/);

  const created = await run(...CREATE, '--layout', file);
  expect(created.code, created.stderr).toBe(0);
  const jobs = [...world().job.values()].map(({ id }) => id).filter((id) => /^(user-step|install-files)/.test(id));
  expect(jobs.toSorted()).toEqual([
    'install-files-g1-a1',
    'install-files-g1-a1',
    'user-step-1-g1-a1',
    'user-step-1-g1-a1',
    'user-step-once-2-g1',
  ]);
  const confs = [...world().file.values()].filter(({ path }) => path.endsWith('/local.conf'));
  expect([...world().file.values()].filter(({ path }) => path === '/etc/pip.conf')).toHaveLength(2);
  const texts = confs.map(({ base64 }) => Buffer.from(base64, 'base64').toString());
  expect(texts).toHaveLength(2);
  for (const text of texts) {
    expect(text).toContain(`\nenable_plugin heat https://opendev.org/openstack/heat ${commit}\n`);
    expect(text).toMatch(
      /\nno_proxy='?localhost,127.0.0.1,::1,[0-9.]+,[0-9.]+,controller,compute-1,\.example\.org'?\n/,
    );
    expect(text).toContain('\nNOVA_BRANCH=refs/changes/50/5050/1\n');
    expect(text.includes('[[post-config|$NOVA_CPU_CONF]]')).toBe(text.includes('n-cpu'));
  }
}, 120_000);

test('a change that Gerrit does not have is refused before anything is made, with the newest there is', async (context) => {
  const { run } = rehearse(context);
  const file = layoutFile(LAYOUT.replace('5050/1', '5050/7'));
  const refused = await run(...CREATE, '--layout', file);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('its newest patch set is refs/changes/50/5050/2');
}, 60_000);
