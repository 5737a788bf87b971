/** Nova's limits as a small project has them. */
import type { Canned } from './wire-cloud.ts';

export const limits: Canned = {
  json: {
    limits: {
      absolute: {
        maxTotalInstances: 10,
        totalInstancesUsed: 1,
        maxTotalCores: -1,
        totalCoresUsed: 2,
        maxTotalRAMSize: 100,
        totalRAMUsed: 3,
      },
    },
  },
};
