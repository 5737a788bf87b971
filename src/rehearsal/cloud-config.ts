/** What cloud-init would read of a server's user data: host key, users, and the keys that log them in. */
import { load } from 'js-yaml';
import { z } from 'zod';

const keys = z.array(z.string()).default([]);
const schema = z.object({
  users: z.array(z.union([z.string(), z.object({ name: z.string(), ssh_authorized_keys: keys })])).default(['default']),
  ssh_authorized_keys: keys,
  ssh_keys: z.object({ ed25519_private: z.string().optional() }).default({}),
});

export type CloudConfig = z.infer<typeof schema>;

/** `userData`: base64, as Nova keeps it. null for none, a script, or what is no cloud-config: cloud-init goes on without it. */
export function readCloudConfig(userData: string): CloudConfig | null {
  const text = Buffer.from(userData, 'base64').toString('utf8');
  if (!text.startsWith('#cloud-config')) return null;
  try {
    return schema.safeParse(load(text)).data ?? null;
  } catch {
    // What is no YAML is ignored by cloud-init, which says so in a log on the server.
    return null;
  }
}
