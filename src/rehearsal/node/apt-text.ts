/** What apt prints for a package. */
import type { Dice } from './dice.ts';

export function packageLines(name: string, dice: Dice): readonly string[] {
  const version = `${1 + dice.below(9)}.${dice.below(40)}.${dice.below(9)}-${1 + dice.below(4)}`;
  const number = 1 + dice.below(300);
  return [
    `Get:${number} http://mirror.rehearsal/debian bookworm/main amd64 ${name} amd64 ${version} [${dice.below(900)} kB]`,
    `Selecting previously unselected package ${name}.`,
    `(Reading database ... ${20_000 + dice.below(60_000)} files and directories currently installed.)`,
    `Preparing to unpack .../${String(number).padStart(3, '0')}-${name}_${version}_amd64.deb ...`,
    `Unpacking ${name} (${version}) ...`,
    `Setting up ${name} (${version}) ...`,
  ];
}
