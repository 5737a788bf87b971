/** The builder's own DevStack plugin, as the files of a node know it. */

/** It stands in a folder of this name beside the checkout; nobody else's plugin may be called so. */
export const OWN_PLUGIN = 'builder';

/** Enabled where one of its variables says what it is to do, and after all of them; `keys` are those that localrc assigns. */
export function ownPluginLines(keys: readonly string[]): readonly string[] {
  return keys.some((key) => key.startsWith('BUILDER_')) ? [`enable_plugin ${OWN_PLUGIN} /opt/stack/${OWN_PLUGIN}`] : [];
}
