/** Every bad input and fault of the table: what the builder says first, how it is mended, and the exit code. */
import { afterAll, describe, expect, test } from 'vitest';
import { type BadInput, checkBadInput } from './bad-input.ts';
import { CLOUD_INPUTS } from './cloud-inputs.ts';
import { CREDENTIAL_INPUTS } from './credential-inputs.ts';
import { DESTROY_INPUTS } from './destroy-inputs.ts';
import { LAYOUT_INPUTS } from './layout-inputs.ts';
import { NODE_INPUTS } from './node-inputs.ts';
import { ROWS } from './rows.ts';
import { STATE_INPUTS } from './state-inputs.ts';
import { UNPROVOKED } from './unprovoked.ts';

const BAD_INPUTS: readonly BadInput[] = [
  ...LAYOUT_INPUTS,
  ...CREDENTIAL_INPUTS,
  ...CLOUD_INPUTS,
  ...NODE_INPUTS,
  ...STATE_INPUTS,
  ...DESTROY_INPUTS,
].sort((left, right) => left.row - right.row);

test('every row of the table is provoked, or a sentence says why not', () => {
  const told = [...BAD_INPUTS.map(({ row }) => row), ...Object.keys(UNPROVOKED).map(Number)];
  expect([...new Set(told)].sort((left, right) => left - right)).toEqual(Object.keys(ROWS).map(Number));
  expect(Object.keys(ROWS)).toHaveLength(74);
});

describe.concurrent('row', () => {
  for (const input of BAD_INPUTS) {
    test(`${input.row}, ${ROWS[input.row]}: ${input.how}`, async (context) => await checkBadInput(input, context));
  }
});

afterAll(() => {
  const lines = [
    `${new Set(BAD_INPUTS.map(({ row }) => row)).size} of ${Object.keys(ROWS).length} rows provoked in ${BAD_INPUTS.length} ways`,
    ...Object.entries(UNPROVOKED).map(([row, why]) => `not provoked: ${row}, ${ROWS[Number(row)]}: ${why}`),
  ];
  process.stdout.write(`${lines.map((line) => `   ${line}`).join('\n')}\n`);
});
