/** The cloud-init document a server is born with: our key, its host key, names fixed for good. */

export interface UserData {
  readonly hostname: string;
  /** Login user: the image's own, or one that cloud-init makes. */
  readonly user: string;
  readonly authorizedKey: string;
  readonly hostPrivateKey: string;
  readonly hostPublicKey: string;
}

/**
 * JSON is YAML, so a serializer writes the document and no template can be broken by a value. Nothing in it is secret but the host
 * key (reliability.md section 2.12); names stay as they are through every reboot (devstack.md section 2.9).
 */
export function renderUserData(data: UserData): string {
  const document = {
    hostname: data.hostname,
    fqdn: data.hostname,
    prefer_fqdn_over_hostname: false,
    manage_etc_hosts: false,
    users: [
      'default',
      {
        name: data.user,
        shell: '/bin/bash',
        lock_passwd: true,
        sudo: 'ALL=(ALL) NOPASSWD:ALL',
        ssh_authorized_keys: [data.authorizedKey],
      },
    ],
    ssh_authorized_keys: [data.authorizedKey],
    ssh_deletekeys: true,
    ssh_genkeytypes: [],
    ssh_keys: { ed25519_private: data.hostPrivateKey, ed25519_public: data.hostPublicKey },
    ssh_pwauth: false,
    disable_root: true,
  };
  return `#cloud-config\n${JSON.stringify(document)}\n`;
}
