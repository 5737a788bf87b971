/** `--cluster-id`: a cluster's mark in the cloud, for verbs that need no state. */
import { z } from 'zod';

export const clusterIdOption = z
  .string()
  .regex(/^[a-z2-7]{26}$/, 'is not the id of a cluster: 26 characters of a-z and 2-7')
  .optional();
