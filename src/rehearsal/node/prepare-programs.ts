/** The programs that make a fresh server a node: first contact, names, user, packages. */
import { FLAVORS, IMAGES } from '../base-images.ts';
import { bootOf } from '../server-life.ts';
import { packageLines } from './apt-text.ts';
import { Dice } from './dice.ts';
import { writeFile } from './node-files.ts';
import { lasting, says } from './program-parts.ts';
import type { Program, ProgramCall, ProgramTable } from './view.ts';

/** From a boot until cloud-init has ended. */
const CLOUD_INIT_MS = 20_000;

const SYSTEMS: Readonly<Record<string, { readonly codename: string; readonly kernel: string }>> = {
  'debian 12': { codename: 'bookworm', kernel: '6.1.0-31-cloud-amd64' },
  'ubuntu 24.04': { codename: 'noble', kernel: '6.8.0-55-generic' },
  'rocky 9.5': { codename: '', kernel: '5.14.0-503.14.1.el9_5.x86_64' },
};

const KIB_PER_GIB = 1024 * 1024;
/** What an installed image takes of its disk. */
const IMAGE_KIB = 1.4 * KIB_PER_GIB;

/** git, sudo and what comes with them on a lean image. */
const PACKAGES = ['liberror-perl', 'git-man', 'git', 'patch', 'sudo', 'ca-certificates', 'curl', 'procps'];

function distroOf({ view }: ProgramCall): string {
  return IMAGES.find(({ id }) => id === view.server.imageId)?.distro ?? 'unknown';
}

function checkServer(call: ProgramCall): Program {
  const { server, nowMs, utc } = call.view;
  const image = IMAGES.find(({ id }) => id === server.imageId);
  const flavor = FLAVORS.find(({ id }) => id === server.flavorId);
  const system = SYSTEMS[`${image?.distro} ${image?.version}`];
  const lastsMs = lasting(call, 100, 300);
  const facts = {
    distro: distroOf(call),
    version: image?.version ?? '',
    codename: system?.codename ?? '',
    kernel: system?.kernel ?? '6.1.0',
    // The kernel keeps a part for itself.
    memory_kb: Math.round((flavor?.ramMb ?? 0) * 1024 * 0.97),
    disk_free_kb: Math.max(0, Math.round((flavor?.diskGb ?? 0) * KIB_PER_GIB - IMAGE_KIB)),
    epoch_seconds: Math.floor(Date.parse(utc(nowMs + lastsMs)) / 1000),
    init: system === undefined ? 'init' : 'systemd',
  };
  return says(
    Object.entries(facts).map(([name, value]) => `${name}=${value}`),
    lastsMs,
  );
}

function waitCloudInit(call: ProgramCall): Program {
  const { server, nowMs } = call.view;
  const bootMs = bootOf(server, nowMs)?.atMs ?? nowMs;
  return says([], Math.max(0, bootMs + CLOUD_INIT_MS - nowMs) + lasting(call, 1_000, 3_000));
}

function setNames(call: ProgramCall): Program {
  const { env, view } = call;
  const lines = [
    '127.0.0.1 localhost',
    '# builder: nodes of this cluster',
    ...(env['HOSTS'] ?? '').split('|'),
    '# builder: end',
  ];
  return says([], lasting(call, 200, 600), [
    writeFile(view, '/etc/hostname', `${env['NODE_NAME'] ?? ''}\n`),
    writeFile(view, '/etc/hosts', `${lines.join('\n')}\n`),
  ]);
}

function installPackages(call: ProgramCall): Program {
  const lastsMs = lasting(call, 20_000, 40_000);
  // dnf is told to be quiet.
  if (distroOf(call) === 'rocky') return says([], lastsMs);
  const dice = new Dice(`${call.view.settings.seed} ${call.view.server.name} ${call.id}`);
  return says(
    [
      'Hit:1 http://mirror.rehearsal/debian bookworm InRelease',
      'Reading package lists...',
      'Building dependency tree...',
      'Reading state information...',
      'The following NEW packages will be installed:',
      `  ${PACKAGES.join(' ')}`,
      `0 upgraded, ${PACKAGES.length} newly installed, 0 to remove and 0 not upgraded.`,
      ...PACKAGES.flatMap((name) => packageLines(name, dice)),
    ],
    lastsMs,
  );
}

function writeMirrors(call: ProgramCall): Program {
  const files = { '/etc/pip.conf': 'PIP_CONF', '/etc/apt/apt.conf.d/95builder-mirrors': 'APT_CONF' };
  const changes = Object.entries(files).flatMap(([path, name]) => {
    const text = Buffer.from(call.env[name] ?? '', 'base64').toString('utf8');
    return text === '' ? [] : [writeFile(call.view, path, text)];
  });
  return says([], lasting(call, 100, 300), changes);
}

export const PREPARE_PROGRAMS: ProgramTable = {
  'check-server': checkServer,
  'wait-cloud-init': waitCloudInit,
  'set-names': setNames,
  'create-stack-user': (call) => says([], lasting(call, 500, 1_500)),
  'write-repositories': (call) => says([], lasting(call, 200, 500)),
  'write-mirrors': writeMirrors,
  'install-packages': installPackages,
  'install-files': (call) => says([], lasting(call, 200, 500)),
};
