/** A service of the cloud asked directly, for what no client of ours does: the tests' own few requests. */
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';

interface CloudEntry {
  readonly auth: {
    readonly auth_url: string;
    readonly username: string;
    readonly password: string;
    readonly project_name: string;
    readonly user_domain_name?: string;
    readonly project_domain_name?: string;
  };
}

/** A function that sends one request with a token of the cloud that OS_CLOUD names; throws for every answer but 2xx. */
export async function openService(
  type: 'image' | 'compute',
): Promise<(path: string, method: string, body?: unknown) => Promise<unknown>> {
  const file = process.env['OS_CLIENT_CONFIG_FILE'];
  const name = process.env['OS_CLOUD'];
  if (file === undefined || name === undefined)
    throw new Error('the live tier reads its cloud from OS_CLIENT_CONFIG_FILE and OS_CLOUD');
  const { clouds } = parse(await readFile(file, 'utf8')) as { clouds: Record<string, CloudEntry> };
  const auth = clouds[name]?.auth;
  if (auth?.password === undefined) throw new Error(`cloud ${name} in ${file} has no password`);
  const domain = (given: string | undefined): { name: string } => ({ name: given ?? 'Default' });
  const scope = { project: { name: auth.project_name, domain: domain(auth.project_domain_name) } };
  const user = { name: auth.username, domain: domain(auth.user_domain_name), password: auth.password };
  const identity = { methods: ['password'], password: { user } };
  const reply = await fetch(`${auth.auth_url.replace(/\/$/, '').replace(/\/v3$/, '')}/v3/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auth: { identity, scope } }),
  });
  const token = reply.headers.get('x-subject-token') ?? '';
  const { token: facts } = (await reply.json()) as {
    token: { catalog: { type: string; endpoints: { interface: string; url: string }[] }[] };
  };
  const url = facts.catalog
    .find((service) => service.type === type)
    ?.endpoints.find((endpoint) => endpoint.interface === 'public')?.url;
  return async (path, method, body) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { 'x-auth-token': token, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 200)}`);
    return text === '' ? null : (JSON.parse(text) as unknown);
  };
}
