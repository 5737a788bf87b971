/** What fits into a frame on the overlay (devstack.md section 2.5). */
import { expect, test } from 'vitest';
import { echoSize, overlayMtu } from '../../../src/roles/mtu.ts';

test.each([
  [[1500], 1450],
  [[1442], 1392],
  [[9000, 1450, 1500], 1400],
])('between networks of %j bytes frames have %i', (networks, expected) => {
  expect(overlayMtu(...networks)).toBe(expected);
});

test('a ping that fills a frame carries 28 bytes less', () => {
  expect(echoSize(1450)).toBe(1422);
});
