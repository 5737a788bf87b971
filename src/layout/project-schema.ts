/** What may stand in the parts of a layout that reach into projects: meta-sections of their files. */
import { z } from 'zod';
import { META_PHASES } from '../roles/meta-files.ts';
import { LOCALRC_VALUE } from './localrc-keys.ts';

const WORD = '^[A-Za-z0-9_][A-Za-z0-9_.:-]*$';

const options = z.record(z.string().meta({ pattern: WORD }), z.string().meta({ pattern: LOCALRC_VALUE }));
const sections = z.record(z.string().meta({ pattern: WORD }), options);
const files = z.record(z.string().meta({ pattern: '^/?\\$[A-Z_]+$|^/[A-Za-z0-9._/-]+$' }), sections).optional();

/** Phase → file → section → option → value. */
export const metaConfig = z
  .strictObject({
    [META_PHASES[0]]: files.describe('merged before the services start; what most options want'),
    [META_PHASES[1]]: files.describe('merged when all services run'),
    [META_PHASES[2]]: files.describe('merged after the plugins’ own last phase'),
    [META_PHASES[3]]: files.describe('merged when everything else is done: Tempest’s'),
  })
  .default({});
