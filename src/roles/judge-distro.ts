/** What people are told of a distribution on a branch of DevStack: why not, or what to expect. */
import { branchesFor, branchOf, describeSupport, supportOf } from './branches.ts';
import { type DistroVersion, releaseOf, tierOf } from './distros.ts';

export interface DistroJudgement {
  /** Why stack.sh would stop, with a remedy; null where it would not. */
  readonly refusal: { readonly message: string; readonly fix: string } | null;
  /** What is worth knowing before forty minutes are spent; null for nothing. */
  readonly warning: string | null;
}

function listOf(ref: string): string {
  const { default: best, tested, experimental } = describeSupport(ref);
  return [best, tested, experimental].filter((text) => text !== '').join('; ');
}

function refuse(ref: string, system: DistroVersion): DistroJudgement {
  const [branch] = branchesFor(system);
  const name = branchOf(ref) === null ? 'DevStack' : `DevStack ${ref}`;
  return {
    refusal: {
      message: `${name} supports ${listOf(ref)}`,
      fix: branch === undefined ? 'choose another image' : `choose another image, or --branch ${branch}`,
    },
    warning: null,
  };
}

function warningOf(ref: string, system: DistroVersion, release: string): string | null {
  const name = `${system.distro} ${system.version}`;
  if (supportOf(ref, system) === 'unknown') {
    return `W2102 distro: whether DevStack ${ref} supports ${name} is not known here; ${branchesFor(system).join(', ')} do`;
  }
  if (tierOf(release) !== 'experimental') return null;
  const { default: best, tested } = describeSupport(ref);
  const better = [best, tested].filter((text) => text !== '').join('; ');
  // Where the branch is known, local.conf gets it by itself.
  const python =
    release === 'rhel9' && branchOf(ref) === null ? '; newer DevStacks need localrc.PYTHON3_VERSION=3.11' : '';
  return `W2103 experimental: ${name} has no vote in DevStack's own tests, these have: ${better}${python}`;
}

/** Judges a system by the branch that `ref` names; of a tag or a commit it is judged by what any branch supports. */
export function judgeDistro(ref: string, system: DistroVersion): DistroJudgement {
  const release = releaseOf(system);
  if (release === null || supportOf(ref, system) === 'unsupported') return refuse(ref, system);
  return { refusal: null, warning: warningOf(ref, system, release) };
}
