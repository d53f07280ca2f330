import type { Hold, Model } from '../api/index.ts';
import { GitfedError } from '../errors.ts';
import { type FoundSubject, findSubject, type Subject } from '../render/index.ts';
import { list } from '../report/wording.ts';
import { suggest } from './suggest.ts';

/** Reads `deployment/web`, and `FederatedDeployment/shop/web` as findings print it. @throws {GitfedError} `USAGE` */
export function parseSubject(
  text: string | undefined,
  namespace: string | undefined,
  example = 'gitfed explain deployment/web -n shop',
): Subject {
  const parts = (text ?? '').split('/');
  const [kind = '', ...names] = parts;
  const name = names.at(-1) ?? '';
  const within = names.length === 2 ? names[0] : undefined;
  if (kind === '' || name === '' || names.length > 2 || within === '') {
    throw new GitfedError('USAGE', `Name one object as KIND/NAME, for example: ${example}`);
  }
  if (within !== undefined && namespace !== undefined && within !== namespace) {
    throw new GitfedError(
      'USAGE',
      `${text} is in namespace ${within}, and --namespace says ${namespace}: use one of them`,
    );
  }
  const chosen = within ?? namespace;
  return { kind, name, ...(chosen === undefined ? {} : { namespace: chosen }) };
}

/** The one object that is meant. @throws {GitfedError} `USAGE` where there is none, or more than one. */
export function chooseSubject(model: Model, subject: Subject): Extract<FoundSubject, { type: 'object' | 'leftOut' }> {
  const found = findSubject(model, subject);
  if (found.type === 'several') {
    const how =
      subject.namespace === undefined ? 'Say which one with -n NAMESPACE' : 'Say which one with KIND.GROUP/NAME';
    throw new GitfedError('USAGE', `${subject.kind}/${subject.name} may be ${list(found.names)}. ${how}.`);
  }
  if (found.type !== 'none') return found;
  throw new GitfedError('USAGE', withHolds(missing(subject, found), model.holds));
}

function missing(
  { kind, namespace, name }: Subject,
  { names, kinds }: Extract<FoundSubject, { type: 'none' }>,
): string {
  const where = namespace === undefined ? '' : ` in namespace ${namespace}`;
  if (names.length === 0) {
    const meant = suggest(kind.toLowerCase(), kinds);
    const hint = meant === undefined ? '' : `: did you mean ${meant}/${name}?`;
    return `There is no federated object of kind ${JSON.stringify(kind)} in the repository${hint}`;
  }
  const meant = suggest(name, [...new Set(names.map(nameOf))]);
  const candidates = names.filter((candidate) => nameOf(candidate) === meant);
  if (candidates.length > 0) return `There is no ${kind}/${name}${where}: did you mean ${list(candidates)}?`;
  return `There is no ${kind}/${name}${where}. Of this kind there are: ${list(names)}`;
}

/** Errors of objects whose name and kind are known: they hide no other. */
const HIDES_NOTHING: readonly Hold['code'][] = ['DuplicateObject', 'InvalidCluster', 'InvalidPlacement'];

/** With the errors that may hide the object: only what can be read is known not to have it. */
function withHolds(message: string, holds: readonly Hold[]): string {
  const errors = holds.filter(({ code }) => !HIDES_NOTHING.includes(code));
  if (errors.length === 0) return message;
  const places = list(errors.map(({ file, line, code }) => `${file}:${line} (${code})`));
  const text =
    errors.length === 1 ? `${places} is in error, and may hold it` : `It may be in what is in error: ${places}`;
  return `${message}${message.endsWith('?') ? '' : '.'} ${text}`;
}

function nameOf(label: string): string {
  return label.slice(label.lastIndexOf('/') + 1);
}
