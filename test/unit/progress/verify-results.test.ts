/** Results of verify for people and for CI: nothing is lost, nothing breaks out, counts are told. */
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderJunit } from '../../../src/progress/junit.ts';
import { type ResultFacts, renderResults, resultCells, type VerifyFacts } from '../../../src/progress/verify-text.ts';

const passed: ResultFacts = {
  check: 'services',
  node: 'controller',
  status: 'pass',
  sentence: '17 units run',
  evidence: [],
  cure: null,
};
const failed: ResultFacts = {
  check: 'ping',
  node: null,
  status: 'fail',
  sentence: `a <does> not reach "b" & ${'c'.repeat(90)}`,
  evidence: ['a reached nobody\u001b[31m'],
  cure: 'open UDP 6081',
};
const skipped: ResultFacts = {
  ...failed,
  check: 'boot',
  status: 'skip',
  sentence: 'no hypervisor',
  evidence: [],
  cure: null,
};
const facts: VerifyFacts = {
  cluster: 'lab',
  startedAt: '2026-03-01T10:00:00.000Z',
  seconds: 65.4,
  passed: 1,
  failed: 1,
  skipped: 1,
  results: [passed, failed, skipped],
};

describe('for people', () => {
  const text = renderResults(facts);

  test('a table tells every result, long sentences shortened', () => {
    const [header, ...rows] = text.split('\n\n')[0]?.split('\n') ?? [];
    expect(header).toBe('CHECK     NODE        RESULT  WHAT');
    expect(rows[0]).toBe('services  controller  pass    17 units run');
    expect(rows[1]).toMatch(/^ping {6}- {11}fail {4}a <does> not reach "b" & c+…$/);
    expect(rows[2]).toBe('boot      -           skip    no hypervisor');
  });

  test('a failure is told whole below, inert, with its cure', () => {
    expect(text).toContain(`\nping\n  found  ${failed.sentence}\n  seen   a reached nobody\n  cure   open UDP 6081\n`);
  });

  test('counts stand at the end', () => {
    expect(text.endsWith('\nlab: 1 passed, 1 failed, 1 skipped, in 1 min 5 s\n')).toBe(true);
    expect(resultCells(failed)).toEqual(['ping', '-', 'fail', failed.sentence]);
  });
});

test('JUnit has a suite with counts, and a case for each result', () => {
  expect(renderJunit(facts)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="3" failures="1" errors="0" skipped="1" time="65.4">
  <testsuite name="verify lab" timestamp="2026-03-01T10:00:00.000Z" tests="3" failures="1" errors="0" skipped="1" time="65.4">
    <testcase classname="lab.services" name="services on controller"/>
    <testcase classname="lab.ping" name="ping"><failure message="a &lt;does&gt; not reach &quot;b&quot; &amp; ${'c'.repeat(90)}" type="ping">seen: a reached nobody\u{fffd}[31m&#10;cure: open UDP 6081</failure></testcase>
    <testcase classname="lab.boot" name="boot"><skipped message="no hypervisor"/></testcase>
  </testsuite>
</testsuites>
`);
});

/** Reads documents with expat, as CI systems do, and prints what they hold. */
const READ_XML = `
import json, sys, xml.etree.ElementTree as tree
out = []
for text in json.load(sys.stdin):
    root = tree.fromstring(text.encode('utf-8'))
    out.append([[case.get('name')] + [[part.tag, part.get('message'), part.text or ''] for part in case] for case in root.iter('testcase')])
json.dump(out, sys.stdout)
`;

function whyNoPython(): string | null {
  try {
    execFileSync('python3', ['-c', 'import xml.etree.ElementTree']);
    return null;
  } catch {
    return 'python3 is not there to read XML';
  }
}

const missing = whyNoPython();
if (missing !== null) process.stderr.write(`skipped: JUnit documents are read by a parser of others: ${missing}\n`);

const word = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.constant(']]>&amp;<!--\u0000\ud800\uffff\r\n\t'));

test.skipIf(missing !== null)('whatever is said, an XML parser reads the same, but for what XML cannot hold', () => {
  const result = fc.record<ResultFacts>({
    check: word,
    node: fc.option(word),
    status: fc.constantFrom('pass', 'fail', 'skip'),
    sentence: word,
    evidence: fc.array(word),
    cure: fc.option(word),
  });
  const suites = fc.array(fc.array(result, { minLength: 1, maxLength: 5 }), { minLength: 40, maxLength: 80 });
  // Many documents at a time, since each run starts a parser.
  const readsTheSame = (runs: readonly (readonly ResultFacts[])[]): void => {
    const documents = runs.map((results) => renderJunit({ ...facts, results }));
    const read = JSON.parse(
      execFileSync('python3', ['-c', READ_XML], {
        input: JSON.stringify(documents),
        encoding: 'utf8',
        maxBuffer: 1 << 28,
      }),
    ) as readonly unknown[];
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what XML cannot hold.
    const held = (text: string): string =>
      text.toWellFormed().replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd');
    const wanted = runs.map((results) =>
      results.map(({ check, node, status, sentence, evidence, cure }) => {
        const name = held(node === null ? check : `${check} on ${node}`);
        const detail = [...evidence.map((line) => `seen: ${line}`), ...(cure === null ? [] : [`cure: ${cure}`])].join(
          '\n',
        );
        if (status === 'pass') return [name];
        return [name, status === 'skip' ? ['skipped', held(sentence), ''] : ['failure', held(sentence), held(detail)]];
      }),
    );
    expect(read).toEqual(wanted);
  };
  fc.assert(fc.property(suites, readsTheSame), { numRuns: 4 });
});
