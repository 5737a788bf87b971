/** The redactor of a cluster's secrets, made anew only when there are more of them. */
import { createRedactor, type Redactor } from '../host/redact.ts';
import type { Vault } from '../host/vault.ts';

/** Values made during the run are known from the moment they exist; finding their forms is too dear for every log and event. */
export function openVaultRedactor(vault: Vault): () => Redactor {
  let known = -1;
  let redactor = createRedactor(new Map());
  return () => {
    if (vault.size !== known) {
      known = vault.size;
      redactor = createRedactor(vault.entries());
    }
    return redactor;
  };
}
