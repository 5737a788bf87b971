/** Who may log in to a simulated server: what cloud-init would have made of its user data and keypair. */
import { load } from 'js-yaml';
import { z } from 'zod';
import { IMAGES } from './base-world.ts';
import type { ServerRow, World } from './world.ts';

const keys = z.array(z.string()).default([]);
const cloudConfig = z.object({
  users: z.array(z.union([z.string(), z.object({ name: z.string(), ssh_authorized_keys: keys })])).default(['default']),
  ssh_authorized_keys: keys,
});

/** An OpenSSH public key without its comment. */
function plainKey(key: string): string {
  return key.trim().split(/\s+/).slice(0, 2).join(' ');
}

function readCloudConfig(userData: string): z.infer<typeof cloudConfig> | null {
  const text = Buffer.from(userData, 'base64').toString('utf8');
  if (!text.startsWith('#cloud-config')) return null;
  try {
    return cloudConfig.safeParse(load(text)).data ?? null;
  } catch {
    // What is no YAML is ignored by cloud-init, which says so in a log on the server.
    return null;
  }
}

/** Users with the public keys (OpenSSH form, no comment) that log them in. */
export function loginsOf(server: ServerRow, world: World): ReadonlyMap<string, readonly string[]> {
  const config = readCloudConfig(server.userData);
  const imageUser = IMAGES.find(({ id }) => id === server.imageId)?.user ?? 'root';
  const keypair = server.keyName === null ? undefined : world.keypair.get(server.keyName)?.publicKey;
  const ofEverybody = [...(keypair === undefined ? [] : [keypair]), ...(config?.ssh_authorized_keys ?? [])].map(
    plainKey,
  );
  const users = (config?.users ?? ['default']).map((user) =>
    typeof user === 'string' ? { name: user, ssh_authorized_keys: [] } : user,
  );
  return new Map(
    users.map(({ name, ssh_authorized_keys: own }) =>
      name === 'default' ? [imageUser, ofEverybody] : [name, own.map(plainKey)],
    ),
  );
}
