/** Outputs of steps that other steps and the report read. */
import { z } from 'zod';

/** Of steps that leave nothing to read. */
export const nothing: z.ZodType<Record<string, never>> = z.object({});

export const portOutput = z.object({ portId: z.string(), macAddress: z.string(), address: z.string() });
export const floatingIpOutput = z.object({ floatingIpId: z.string(), address: z.string() });
