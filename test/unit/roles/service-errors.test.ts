/** What the journal of DevStack's services adds to a failure of stack.sh that only says that one of them did not come. */
import { describe, expect, test } from 'vitest';
import { classifyStackFailure, explainByServices } from '../../../src/roles/stack-failure.ts';
import { logOf } from './stack-failures/log-text.ts';

const KNOWN = { cluster: 'lab', node: 'hv2-1' };
const NOT_REGISTERED = classifyStackFailure(
  logOf("Didn't find service registered by hostname after 240 seconds", 'Error on exit'),
  KNOWN,
);
const REQUEST = '[None req-0c1f2a3b-1111-4222-8333-444455556666 None None]';
/** As `journalctl --output cat` has it: the message with its stamp in it, then the trace. */
const DUPLICATE = [
  `ERROR oslo.messaging._drivers.impl_rabbit ${REQUEST} Connection failed: [Errno 111] ECONNREFUSED (retrying in 1.0 seconds)`,
  `CRITICAL nova ${REQUEST} Unhandled error: nova.exception.InvalidConfiguration: Duplicate compute node record found for host hv2-11 node hv2-11`,
  'ERROR nova Traceback (most recent call last):',
  'ERROR nova   File "/opt/stack/nova/nova/compute/resource_tracker.py", line 810, in _init_compute_node',
  'ERROR nova     raise exception.InvalidConfiguration(',
].join('\n');

test('only what waits for a service is asked of it', () => {
  expect(NOT_REGISTERED).toMatchObject({ name: 'compute-not-registered', isServices: true });
  const started = classifyStackFailure(logOf('glance-api did not start', 'Error on exit'));
  expect(started).toMatchObject({ name: 'service-start', isServices: true });
  expect(classifyStackFailure(logOf('No space left on device', 'Error on exit')).isServices).toBe(false);
});

describe('a service’s journal', () => {
  test('names the cause, with its cure and the lines that show it', () => {
    const found = explainByServices(NOT_REGISTERED, DUPLICATE, KNOWN);
    expect(found).toMatchObject({ name: 'compute-identity', isRetryable: false });
    expect(found.sentence).toBe(
      'the nova-compute of this server did not register with the controller within 240 s: nova knows this hypervisor as another one: it lost its identity, or its name was changed',
    );
    expect(found.cure).toContain('compute service delete');
    expect(found.lines.at(-1)).toContain('Duplicate compute node record found for host hv2-11');
    expect(found.lines.length).toBeLessThanOrEqual(10);
  });

  test('that no class knows is quoted: its last message, without who said it and for whom', () => {
    const refused = `ERROR nova.virt.libvirt.driver ${REQUEST} [instance: 1] Cannot open /dev/gremlin\nERROR nova.virt.libvirt.driver Traceback (most recent call last):`;
    const found = explainByServices(NOT_REGISTERED, refused, KNOWN);
    expect(found).toMatchObject({ name: 'compute-not-registered', isRetryable: true, cure: NOT_REGISTERED.cure });
    expect(found.sentence).toBe(`${NOT_REGISTERED.sentence}: [instance: 1] Cannot open /dev/gremlin`);
    expect(found.lines).toHaveLength(1);
  });

  test('of traces alone shows those', () => {
    const found = explainByServices(
      NOT_REGISTERED,
      'ERROR nova Traceback (most recent call last):\nERROR nova   KeyError',
    );
    expect(found.lines).toHaveLength(2);
    expect(found.sentence).toMatch(/: ERROR nova {3}KeyError$/);
  });

  test('that says nothing changes nothing', () => {
    expect(explainByServices(NOT_REGISTERED, '\n')).toBe(NOT_REGISTERED);
  });
});
