/** The services of a local.conf, as DevStack reads them. */
import { expect, test } from 'vitest';
import { enabledServices } from '../../../src/roles/enabled-services.ts';
import { renderLocalConf } from '../../../src/roles/local-conf.ts';
import { computeOf } from './requests.ts';

test('of what we write are the ones of its list', () => {
  expect(enabledServices(renderLocalConf(computeOf()))).toEqual([
    'n-cpu',
    'placement-client',
    'q-ovn-agent',
    'ovn-controller',
    'ovs-vswitchd',
    'ovsdb-server',
  ]);
});

test('change line by line, in their order', () => {
  const text = [
    'ENABLED_SERVICES=key,horizon',
    'disable_all_services',
    'ENABLED_SERVICES=mysql,n-cond,,mysql',
    'enable_service q-svc  n-api',
    'disable_service n-cond n-none',
  ];
  expect(enabledServices(text.join('\n'))).toEqual(['mysql', 'q-svc', 'n-api']);
  expect(enabledServices([...text, 'disable_all_services'].join('\n'))).toEqual([]);
});
