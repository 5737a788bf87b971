/** Layout files → `Layout`, or all their problems at once, each with its line. */
import { readDocument } from '../document/read.ts';
import { roleNamed } from '../roles/index.ts';
import { changeOf } from './change-forms.ts';
import { checkLayout } from './check.ts';
import { checkReach } from './check-reach.ts';
import type { Group, Layout } from './layout.ts';
import type { LayoutOverrides } from './override.ts';
import { applyOverrides } from './override.ts';
import type { RawLayout } from './schema.ts';
import { layoutSchema } from './schema.ts';

function groupOf(name: string, raw: RawLayout['groups'][string]): Group {
  const { role, count, cell, image, flavor, zone, localrc, services } = raw;
  const { hypervisor } = roleNamed(role);
  return {
    name,
    role,
    count,
    compute: hypervisor === 'always' || (hypervisor === 'by-layout' && raw.compute === true),
    cell,
    fakeHypervisors: raw.fake_hypervisors,
    image,
    flavor,
    zone,
    localrc,
    services,
    config: raw.config,
  };
}

function pipOf(raw: RawLayout['mirrors']['pip']): Layout['mirrors']['pip'] {
  if (raw === null) return null;
  return { indexUrl: raw.index_url, trustedHost: raw.trusted_host, timeout: raw.timeout, retries: raw.retries };
}

function mirrorsOf({ pip, apt, proxy }: RawLayout['mirrors']): Layout['mirrors'] {
  const own = proxy === null ? null : { http: proxy.http, https: proxy.https, noProxy: proxy.no_proxy };
  return { pip: pipOf(pip), apt, proxy: own };
}

function layoutOf(raw: RawLayout): Layout {
  const { version, name, devstack, defaults, network, localrc, services, tls } = raw;
  return {
    version,
    name,
    devstack: { repo: devstack.repo, ref: devstack.ref, commit: devstack.commit, gitBase: devstack.git_base },
    defaults,
    cells: raw.cells.count,
    network: {
      backend: network.backend,
      name: network.name,
      floating: network.floating,
      fixedRange: network.fixed_range,
      floatingRange: network.floating_range,
      overlay: network.overlay,
      overlayRange: network.overlay_range,
    },
    localrc,
    services,
    groups: Object.entries(raw.groups).map(([group, fields]) => groupOf(group, fields)),
    config: raw.config,
    plugins: raw.plugins,
    changes: raw.changes.map(changeOf),
    mirrors: mirrorsOf(raw.mirrors),
    files: raw.files,
    steps: raw.steps,
    verify: raw.verify,
    tls,
  };
}

/**
 * Reads a layout with the command line's changes on top (devstack.md section 7 has the grammar).
 *
 * @throws all problems together (`BuilderError.all`), each `at` its `file:line:column  path` or its option.
 */
export function loadLayout(request: {
  readonly text: string;
  /** How messages call the file. */
  readonly file: string;
  readonly overrides: LayoutOverrides;
}): Layout {
  const network = layoutSchema.shape.network.parse(undefined);
  const raw = readDocument({
    text: request.text,
    file: request.file,
    noun: 'the layout',
    schema: layoutSchema,
    change: (document) => applyOverrides(document, request.overrides),
    check: (said, report) => checkLayout(said, network, report),
    judge: (parsed, report) => checkReach(layoutOf(parsed), report),
  });
  return layoutOf(raw);
}

/** Reads a layout as the file has it. @throws as `loadLayout`. */
export function readLayout(text: string, file: string): Layout {
  return loadLayout({ text, file, overrides: {} });
}
