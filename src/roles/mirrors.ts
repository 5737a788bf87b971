/** Mirrors and proxies of a cluster: the files by which pip and apt know them, and the variables everything else reads (devstack.md section 6.4). */

export interface Mirrors {
  readonly pip: {
    readonly indexUrl: string | null;
    readonly trustedHost: string | null;
    readonly timeout: number | null;
    readonly retries: number | null;
  } | null;
  readonly apt: { readonly proxy: string | null; readonly retries: number | null } | null;
  readonly proxy: {
    readonly http: string | null;
    readonly https: string | null;
    /** What the layout wants reached directly, besides the cluster itself. */
    readonly noProxy: readonly string[];
  } | null;
}

export const NO_MIRRORS: Mirrors = { pip: null, apt: null, proxy: null };

/** The text of /etc/pip.conf; null where nothing is said. Of DevStack's own variable for a mirror the value is lost on its way. */
export function pipConf({ pip }: Mirrors): string | null {
  const { indexUrl, trustedHost, timeout, retries } = pip ?? {};
  const lines = Object.entries({ 'index-url': indexUrl, 'trusted-host': trustedHost, timeout, retries })
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([key, value]) => `${key} = ${value}\n`);
  return lines.length === 0 ? null : `# Written by builder.\n[global]\n${lines.join('')}`;
}

/** What is never asked of a proxy: this machine, and every node by each of its addresses and by its name. */
function directHosts(own: readonly string[], addresses: ReadonlyMap<string, string>): readonly string[] {
  return [...new Set(['localhost', '127.0.0.1', '::1', ...addresses.values(), ...addresses.keys(), ...own])];
}

/** The variables of a shell; none without a proxy. `addresses` has every node by name, `overlay` their addresses there. */
export function proxyVariables(
  { proxy }: Mirrors,
  addresses: ReadonlyMap<string, string>,
  overlay: readonly string[] = [],
): Readonly<Record<string, string>> {
  if (proxy === null || (proxy.http === null && proxy.https === null)) return {};
  return {
    ...(proxy.http === null ? {} : { http_proxy: proxy.http }),
    ...(proxy.https === null ? {} : { https_proxy: proxy.https }),
    no_proxy: directHosts([...overlay, ...proxy.noProxy], addresses).join(','),
  };
}

/** The text of a file for apt; null where nothing is said. What stands in no_proxy is had directly, as far as apt can name it. */
export function aptConf({ apt, proxy }: Mirrors, addresses: ReadonlyMap<string, string>): string | null {
  const http = apt?.proxy ?? proxy?.http ?? null;
  const https = apt?.proxy ?? proxy?.https ?? null;
  const direct = http === null && https === null ? [] : directHosts(proxy?.noProxy ?? [], addresses);
  const lines = [
    ...(apt?.retries === null || apt === null ? [] : [`Acquire::Retries "${apt.retries}";`]),
    ...(http === null ? [] : [`Acquire::http::Proxy "${http}";`]),
    ...(https === null ? [] : [`Acquire::https::Proxy "${https}";`]),
    ...direct
      .filter((host) => /^[a-z0-9][a-z0-9.-]*$/i.test(host))
      .flatMap((host) => ['http', 'https'].map((scheme) => `Acquire::${scheme}::Proxy::${host} "DIRECT";`)),
  ];
  return lines.length === 0 ? null : `// Written by builder.\n${lines.join('\n')}\n`;
}
