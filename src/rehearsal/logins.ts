/** Who may log in to a simulated server: what cloud-init would have made of its user data and keypair. */
import { IMAGES } from './base-images.ts';
import { readCloudConfig } from './cloud-config.ts';
import type { ServerRow, World } from './world.ts';

/** An OpenSSH public key without its comment. */
function plainKey(key: string): string {
  return key.trim().split(/\s+/).slice(0, 2).join(' ');
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
