/** Which services a node runs, read from its local.conf as DevStack reads it. */

/** The services in effect at the end of the text, each once, in the order of their first mention. */
export function enabledServices(localConf: string): readonly string[] {
  let services = new Set<string>();
  for (const line of localConf.split('\n')) {
    const [word = '', ...names] = line.trim().split(/\s+/);
    const list = /^ENABLED_SERVICES=(\S*)$/.exec(word)?.[1];
    if (list !== undefined) services = new Set(list.split(',').filter((name) => name !== ''));
    else if (word === 'disable_all_services') services.clear();
    else if (word === 'enable_service') for (const name of names) services.add(name);
    else if (word === 'disable_service') for (const name of names) services.delete(name);
  }
  return [...services];
}
