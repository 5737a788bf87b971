/** Outputs of steps that other steps and the report read. */
import { z } from 'zod';

/** Of steps that leave nothing to read. */
export const nothing: z.ZodType<Record<string, never>> = z.object({});

export const portOutput = z.object({ portId: z.string(), macAddress: z.string(), address: z.string() });
/** A host key goes into files that other programs read line by line. */
export const hostKeyOutput = z.object({ hostKey: z.string().regex(/^ssh-ed25519 [A-Za-z0-9+/]+=*$/) });
export const floatingIpOutput = z.object({ floatingIpId: z.string(), address: z.string() });
export const commitsOutput = z.object({
  projects: z.array(z.object({ name: z.string(), commit: z.string(), url: z.string().nullable() })),
});
