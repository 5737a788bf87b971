/** Few file descriptors mean fewer nodes at once, never none, and people are told where that hinders them. */
import { expect, it } from 'vitest';
import { fitConnections } from '../../../src/plan/connections.ts';

it.each([
  [null, 32, 32, null],
  [20_000, 256, 256, null],
  [256, 40, 40, null],
  [256, 41, 40, 'W9003 fd-limit: 256; using 40 connections'],
  [100, 3, 1, 'W9003 fd-limit: 100; using 1 connection'],
  [10, 3, 1, 'W9003 fd-limit: 10; using 1 connection'],
  [10, 1, 1, null],
])('with %s descriptors, %i nodes are worked on as %i', (limit, wanted, count, warning) => {
  expect(fitConnections(limit, wanted)).toEqual({ count, warning });
});
