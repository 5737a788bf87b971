/** A small valid layout for tests, and ways to read one and to collect the problems of a broken one. */
import { BuilderError } from '../../../src/errors.ts';
import type { Layout } from '../../../src/layout/layout.ts';
import type { LayoutOverrides } from '../../../src/layout/override.ts';
import { loadLayout } from '../../../src/layout/read.ts';

export const SMALL = `version: 1
name: small
localrc:
  GIT_DEPTH: 1
groups:
  controller: {role: controller, compute: true}
  compute: {role: compute, count: 2}
`;

export function load(text: string, overrides: LayoutOverrides = {}): Layout {
  return loadLayout({ text, file: 'layout.yaml', overrides });
}

/** All problems of a layout; empty when it is valid. Anything but a BuilderError is thrown on. */
export function problemsOf(text: string, overrides: LayoutOverrides = {}): readonly BuilderError[] {
  try {
    load(text, overrides);
    return [];
  } catch (error) {
    if (!(error instanceof BuilderError)) throw error;
    return error.problems.length === 0 ? [error] : error.problems;
  }
}

/** `code at` of each problem. */
export function codesOf(text: string, overrides: LayoutOverrides = {}): readonly string[] {
  return problemsOf(text, overrides).map((problem) => `${problem.code} ${problem.at ?? ''}`);
}
