/** What rehearsed servers read back of texts written for shells. */
import { describe, expect, it } from 'vitest';
import { readEnv, readLocalrc } from '../../../../src/rehearsal/node/shell-text.ts';
import { exportLines } from '../../../../src/remote/agent-call.ts';

describe('the env file of a job', () => {
  it('gives back any value that the client writes', () => {
    const env = { A: `it's "$HOME" $(id) \`id\` \\ !x * äöü\ttab\nexport B='no'\n`, EMPTY: '', C_1: "''" };
    expect(readEnv(exportLines(env))).toEqual(env);
  });
});

describe('the localrc part of local.conf', () => {
  it('has variables as bash reads them, up to the next section', () => {
    const text = "[[local|localrc]]\nA=plain\nB='two words'\nC='it'\\''s'\n[[post-config|$NOVA_CONF]]\nD=other\n";
    expect(readLocalrc(text).assignments).toEqual({ A: 'plain', B: 'two words', C: "it's" });
  });

  it('has the services that are enabled in the end', () => {
    const text = [
      '[[local|localrc]]',
      'enable_service tempest',
      'disable_all_services',
      'ENABLED_SERVICES=key,mysql',
      'enable_service n-cpu c-vol',
      'disable_service mysql',
    ].join('\n');
    expect(readLocalrc(text).services).toEqual(['key', 'n-cpu', 'c-vol']);
  });

  it('is empty where the section is missing', () => {
    expect(readLocalrc('A=b\n')).toEqual({ assignments: {}, services: [], disabled: new Set() });
  });
});
