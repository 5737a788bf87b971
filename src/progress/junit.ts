/** Results as JUnit XML, the form that CI systems collect. */
import type { ResultFacts, VerifyFacts } from './verify-text.ts';

/** What XML 1.0 cannot hold, however it is written (https://www.w3.org/TR/xml/#charsets): most control characters, lone surrogates. */
const FORBIDDEN = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // As themselves they would be read as blanks in an attribute, and a return as a new line everywhere.
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** Text that any parser reads as it is, but for what XML cannot hold: that becomes the replacement character. */
function escape(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(FORBIDDEN, '\u{fffd}')
    .replaceAll(/[&<>"\t\n\r]/g, (character) => ENTITIES[character] ?? character);
}

type Attributes = Readonly<Record<string, string | number>>;

/** An element with its attributes and what stands in it, already escaped. */
function element(name: string, attributes: Attributes, content = ''): string {
  const words = Object.entries(attributes).map(([key, value]) => ` ${key}="${escape(String(value))}"`);
  return content === '' ? `<${name}${words.join('')}/>` : `<${name}${words.join('')}>${content}</${name}>`;
}

function detailOf({ evidence, cure }: ResultFacts): string {
  return [...evidence.map((line) => `seen: ${line}`), ...(cure === null ? [] : [`cure: ${cure}`])].join('\n');
}

function caseOf(cluster: string, result: ResultFacts): string {
  const { check, node, status, sentence } = result;
  const attributes = { classname: `${cluster}.${check}`, name: node === null ? check : `${check} on ${node}` };
  switch (status) {
    case 'pass':
      return element('testcase', attributes);
    case 'skip':
      return element('testcase', attributes, element('skipped', { message: sentence }));
    case 'fail': {
      const failure = element('failure', { message: sentence, type: check }, escape(detailOf(result)));
      return element('testcase', attributes, failure);
    }
  }
}

/** One suite, a case for each result. */
export function renderJunit({ cluster, startedAt, seconds, failed, skipped, results }: VerifyFacts): string {
  const counts = { tests: results.length, failures: failed, errors: 0, skipped, time: seconds };
  const cases = results.map((result) => `\n    ${caseOf(cluster, result)}`).join('');
  const suite = element('testsuite', { name: `verify ${cluster}`, timestamp: startedAt, ...counts }, `${cases}\n  `);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('testsuites', counts, `\n  ${suite}\n`)}\n`;
}
