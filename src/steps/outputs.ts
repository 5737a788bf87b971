/** Outputs of steps that other steps and the report read. */
import { z } from 'zod';

/** Of steps that leave nothing to read. */
export const nothing: z.ZodType<Record<string, never>> = z.object({});

export const portOutput = z.object({ portId: z.string(), macAddress: z.string(), address: z.string() });
export const floatingIpOutput = z.object({ floatingIpId: z.string(), address: z.string() });
/** The root certificate of the cloud that is built: nothing secret, in base64 of its PEM, with the digest of that file. */
export const certificateOutput = z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/), certificate: z.base64() });
export const commitsOutput = z.object({
  projects: z.array(z.object({ name: z.string(), commit: z.string(), url: z.string().nullable() })),
});
