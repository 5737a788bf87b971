/** The rules of `plugins:` and `changes:`: names, the nodes they mean, and what would undo itself. */
import { adviseWord, showWord } from '../document/near-miss.ts';
import { fieldsOf } from '../document/plain.ts';
import { type ReportProblem, reportIssue } from '../document/report.ts';
import type { Path } from '../document/shape.ts';
import { CHANGED_PROJECTS } from '../roles/changes.ts';
import { OWN_PLUGIN } from '../roles/own-plugin.ts';
import { sourceKeys } from '../roles/project-sources.ts';
import { readChange } from './change-forms.ts';
import { checkLocalrc, checkServices, itemsOf, wordsOf } from './check-settings.ts';
import { gitUrl } from './schema-words.ts';

type Fields = Readonly<Record<string, unknown>>;

const REVIEW_REF = /^refs\/changes\/(\d\d)\/(\d+)\/\d+$/;

/** What nodes may be called by: groups, and roles of groups. */
export function nodeWords(layout: Fields): readonly string[] {
  const groups = Object.entries(fieldsOf(layout['groups']));
  const words = groups.flatMap(([name, group]) => [name, fieldsOf(group)['role']]);
  return [...new Set(words.filter((word) => typeof word === 'string'))];
}

/** Refuses what is neither a group nor a role of the layout. */
export function checkNodeWord(
  word: string,
  known: readonly string[],
  path: Path,
  report: ReportProblem,
  isKey = false,
): void {
  if (known.length === 0 || known.includes(word)) return;
  const fix = adviseWord(word, known, `groups and roles here: ${known.join(', ')}`);
  report('bad-value', path, `${showWord(word)} is neither a group nor a role of this layout`, fix, isKey);
}

export function checkPlugins(layout: Fields, report: ReportProblem): void {
  const known = nodeWords(layout);
  const names = new Set<unknown>();
  for (const [index, plugin] of itemsOf(layout['plugins']).entries()) {
    const path = ['plugins', index];
    const { name, nodes, localrc, services } = plugin;
    if (name === OWN_PLUGIN)
      report('bad-name', [...path, 'name'], 'the builder has a plugin of this name itself', 'give it another name');
    if (typeof name === 'string' && names.has(name))
      report('duplicate-name', [...path, 'name'], `the plugin ${showWord(name)} would be enabled twice`, 'keep one');
    names.add(name);
    for (const [at, word] of wordsOf(nodes).entries()) checkNodeWord(word, known, [...path, 'nodes', at], report);
    checkLocalrc(localrc, [...path, 'localrc'], report);
    for (const [word, change] of Object.entries(fieldsOf(services))) {
      checkNodeWord(word, known, [...path, 'services', word], report, true);
      checkServices(change, [...path, 'services', word], report);
    }
  }
}

const COMMIT = /^[0-9a-f]{40}$/;

/** The keys of localrc that are set anywhere in the layout; a lock file names commits, which may well be those of changes. */
function localrcKeys(layout: Fields): ReadonlySet<string> {
  const places = [layout, ...Object.values(fieldsOf(layout['groups'])).map(fieldsOf), ...itemsOf(layout['plugins'])];
  const set = places.flatMap((place) => Object.entries(fieldsOf(place['localrc'])));
  return new Set(set.filter(([, value]) => typeof value !== 'string' || !COMMIT.test(value)).map(([key]) => key));
}

function checkReviewRef(ref: string, path: Path, report: ReportProblem): void {
  const [, end, number = ''] = REVIEW_REF.exec(ref) ?? [];
  if (end === undefined) {
    const fix = 'as Gerrit shows it for download: refs/changes/50/5050/1';
    report('bad-value', path, `${showWord(ref)} is not the ref of a change`, fix);
  } else if (number.slice(-2).padStart(2, '0') !== end) {
    const right = ref.replace(`/${end}/`, `/${number.slice(-2).padStart(2, '0')}/`);
    report('bad-value', path, `change ${number} is not below refs/changes/${end}`, `did you mean "${right}"?`);
  }
}

function checkForm(item: Fields, path: Path, report: ReportProblem): void {
  const keys = ['project', 'ref', 'repo'];
  for (const key of Object.keys(item).filter((each) => !keys.includes(each)))
    report('unknown-key', [...path, key], `unknown key ${showWord(key)}`, adviseWord(key, keys), true);
  for (const key of ['project', 'ref'].filter((each) => !(each in item)))
    report('bad-value', path, `${key} is missing`, `write ${key}: …`);
}

function checkChange(item: Fields, path: Path, report: ReportProblem): void {
  const { isLong, project, ref, repo } = readChange(item);
  if (isLong) checkForm(item, path, report);
  else if (Object.keys(item).length !== 1) {
    report('bad-value', path, 'one change stands in an item', 'write - {PROJECT: refs/changes/…}');
    return;
  }
  if (typeof project === 'string' && !CHANGED_PROJECTS.includes(project)) {
    const all = `known here: ${CHANGED_PROJECTS.join(', ')}; a library takes LIBS_FROM_GIT, …_REPO and …_BRANCH in localrc`;
    const message = `${showWord(project)} is no project that DevStack clones by itself`;
    const fix = adviseWord(project, CHANGED_PROJECTS, all);
    report('bad-value', [...path, isLong ? 'project' : project], message, fix, !isLong);
  }
  if (typeof ref === 'string') checkReviewRef(ref, [...path, isLong ? 'ref' : String(project)], report);
  if (typeof repo !== 'string') return;
  for (const issue of gitUrl.safeParse(repo).error?.issues ?? [])
    reportIssue({ ...issue, path: [...path, 'repo'] }, 'the layout', { kind: 'text' }, report);
}

export function checkChanges(layout: Fields, report: ReportProblem): void {
  const set = localrcKeys(layout);
  const projects = new Set<unknown>();
  for (const [index, item] of itemsOf(layout['changes']).entries()) {
    const path = ['changes', index];
    checkChange(item, path, report);
    const { project } = readChange(item);
    if (typeof project !== 'string' || !CHANGED_PROJECTS.includes(project)) continue;
    if (projects.has(project)) {
      const message = `a second change of ${project}: DevStack checks one ref out and rebases nothing, so it would undo the first`;
      report('duplicate-name', path, message, 'rebase one on the other in Gerrit, and name that one alone');
    }
    projects.add(project);
    const keys = Object.values(sourceKeys(project) ?? {}).filter((key) => set.has(key));
    if (keys.length === 0) continue;
    report('bad-value', path, `${keys.join(' and ')} in localrc say otherwise where ${project} comes from`, 'keep one');
  }
}
