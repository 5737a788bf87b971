/** Clouds whose volumes are broken, one thing at a time. */
import { type BrokenCloud, change, GREEN, lose, triedWith } from './green-cloud.ts';

const isVolume = ({ binary }: { readonly binary: string }): boolean => binary === 'cinder-volume';

export const VOLUMES: readonly BrokenCloud[] = [
  [
    'cinder-volume is down',
    { volumeServices: change(GREEN.volumeServices, isVolume, { state: 'down' }) },
    ['volumes'],
    /^cinder-volume on controller@lvmdriver-1 is down$/,
    /devstack@c-vol on controller/,
  ],
  [
    'cinder-volume is disabled',
    { volumeServices: change(GREEN.volumeServices, isVolume, { status: 'disabled' }) },
    ['volumes'],
    /^cinder-volume on controller@lvmdriver-1 is disabled$/,
    /volume service set --enable controller@lvmdriver-1 cinder-volume/,
  ],
  [
    'a planned service of cinder never came',
    { volumeServices: lose(GREEN.volumeServices, isVolume) },
    ['volumes'],
    /^cinder knows no cinder-volume on controller$/,
    /devstack@c-vol/,
  ],
  [
    'a volume goes to error',
    triedWith({ volume: { status: 'error', error: '' } }),
    ['volumes'],
    /^a new volume is error$/,
    /c-vol/,
  ],
  [
    'a volume is refused',
    triedWith({ volume: { status: '', error: 'HTTP 413: too big\n' } }),
    ['volumes'],
    /^no volume could be made: HTTP 413: too big$/,
    /c-vol/,
  ],
  ['no volume was tried', triedWith({ volume: null }), ['volumes'], /^no volume was tried$/, /verify again/],
];
