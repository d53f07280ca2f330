import type { FederatedType } from '../api/index.ts';
import type { JsonObject } from '../core/index.ts';
import type { FileChange, TypesResult } from '../reconcile/enable-options.ts';
import type { ListedType } from '../reconcile/type-list.ts';
import { formatFileDiff } from './file-diff.ts';
import { plainText } from './plain-text.ts';
import { mayHoldSecret } from './secret-text.ts';
import type { Style } from './style.ts';
import { formatTable } from './table.ts';

const USUAL_GROUP = 'types.kubefed.io';

/** The types of a repository as a table. */
export function formatTypes(types: readonly ListedType[]): string {
  if (types.length === 0) return 'No type is in use: gitfed types --all lists the built-in kinds.\n';
  const rows = types.map(({ type: { name, target, federated, ...type }, place, objects }) => [
    plainText(name),
    plainText(target.kind),
    plainText(target.version),
    plainText(federated.group === USUAL_GROUP ? federated.kind : `${federated.kind}.${federated.group}`),
    target.scope,
    type.propagation,
    type.statusCollection ? 'Enabled' : '-',
    `${objects}`,
    place === undefined ? 'built in' : `${plainText(place.file)}:${place.line}`,
  ]);
  const titles = ['name', 'kind', 'version', 'federated', 'scope', 'propagation', 'status', 'objects', 'defined in'];
  return `${formatTable(titles, rows, titles.length).join('\n')}\n`;
}

export function typesToJson(types: readonly ListedType[]): JsonObject {
  return {
    types: types.map(({ type, place, objects }) => ({
      ...typeToJson(type),
      builtIn: place === undefined,
      ...(place === undefined ? {} : { file: place.file, line: place.line }),
      objects,
    })),
  };
}

function typeToJson({ name, target, federated, propagation, statusCollection }: FederatedType): JsonObject {
  return { name, target: { ...target }, federated: { ...federated }, propagation, statusCollection };
}

/** What was written into a repository, or would be, a line for each file, and how edited files differ. Files with Secrets are only named. */
export function formatFileChanges({ files, written }: Pick<TypesResult, 'files' | 'written'>, style: Style): string {
  const isPlanned = !written && files.some(({ action }) => action !== 'unchanged');
  const lines = files.map(({ file, action, objects, line }) => {
    const where = line === undefined ? plainText(file) : `${plainText(file)}:${line}`;
    return `${style.strong(wordOf(action, isPlanned))} ${where} ${plainText(objects.join(', '))}\n`;
  });
  const diffs = files.filter(
    ({ action, before, after }) =>
      (action === 'edited' || (isPlanned && action !== 'unchanged')) && !mayHoldSecret(before) && !mayHoldSecret(after),
  );
  return [...lines, ...diffs.map((change) => `\n${formatFileDiff(change, style)}`)].join('');
}

function wordOf(action: FileChange['action'], isPlanned: boolean): string {
  if (!isPlanned || action === 'unchanged') return action;
  return { created: 'would create', edited: 'would edit', deleted: 'would delete' }[action];
}

export function typeChangesToJson({ types, files, written, findings, notes }: TypesResult): JsonObject {
  return {
    written,
    types: types.map(typeToJson),
    files: files.map(({ file, action, objects, line }) => ({
      file,
      action,
      objects: [...objects],
      ...(line === undefined ? {} : { line }),
    })),
    notes: [...notes],
    findings: findings.map((finding) => ({ ...finding })),
  };
}
