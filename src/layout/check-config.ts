/** The rules of `config:`: what DevStack's way of merging options would swallow or change is refused. */
import { adviseWord, showWord } from '../document/near-miss.ts';
import { fieldsOf } from '../document/plain.ts';
import type { ReportProblem } from '../document/report.ts';
import type { Path } from '../document/shape.ts';
import { isMetaFile, META_VARIABLES } from '../roles/meta-files.ts';
import { checkValue } from './check-settings.ts';
import type { Refusal } from './localrc-keys.ts';

const WORD = /^[A-Za-z0-9_][A-Za-z0-9_.:-]*$/;
/** A word that bash would take for the names of files which happen to be there. */
const PATTERN = /^[A-Za-z0-9._/-]*(?:[*?]|\[[^\]]+\])[A-Za-z0-9._/*?[\]-]*$/;
/** What `echo` takes for options of its own. */
const ECHO_OPTION = /^-[neE]+(?: |$)/;

/** Why DevStack would not write this value as it stands. It goes through `echo` and the shell's words. */
function refuseOptionValue(value: string): Refusal | null {
  if (/^\s|\s$|\s\s|\t/.test(value))
    return { message: 'DevStack makes one blank of several, and drops those at the ends', fix: 'single blanks' };
  if (ECHO_OPTION.test(value)) return { message: 'DevStack loses a first word like -n', fix: 'write it otherwise' };
  if (value.split(' ').some((word) => PATTERN.test(word)))
    return {
      message: 'DevStack makes names of files of * and ?',
      fix: 'set it after stack.sh, or in a plugin',
    };
  return null;
}

function checkOptions(options: unknown, path: Path, report: ReportProblem): void {
  for (const [option, value] of Object.entries(fieldsOf(options))) {
    if (!WORD.test(option))
      report(
        'bad-value',
        [...path, option],
        `${showWord(option)} is not an option`,
        'letters, digits, "_", ".", ":" and "-"',
        true,
      );
    if (!checkValue(value, [...path, option], report) || typeof value !== 'string') continue;
    const loss = refuseOptionValue(value);
    if (loss !== null) report('bad-value', [...path, option], loss.message, loss.fix);
  }
}

function checkFile(file: string, sections: unknown, path: Path, report: ReportProblem): void {
  if (!isMetaFile(file)) {
    const fix = adviseWord(file, META_VARIABLES, 'write the whole path of the file, like /etc/nova/nova.conf');
    report('bad-value', path, `${showWord(file)} is no file that DevStack defines`, fix, true);
  }
  for (const [section, options] of Object.entries(fieldsOf(sections))) {
    if (!WORD.test(section)) {
      const fix = 'one word of letters, digits, "_", ".", ":" and "-"';
      report('bad-value', [...path, section], `${showWord(section)} is not a section`, fix, true);
    }
    checkOptions(options, [...path, section], report);
  }
}

/** Files, sections, options and values; an unknown phase is the schema's to tell. */
export function checkConfig(config: unknown, path: Path, report: ReportProblem): void {
  for (const [phase, files] of Object.entries(fieldsOf(config))) {
    for (const [file, sections] of Object.entries(fieldsOf(files)))
      checkFile(file, sections, [...path, phase, file], report);
  }
}
