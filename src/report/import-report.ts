import { formatObjectId, type JsonObject } from '../core/index.ts';
import type { ClusterCheck, ImportCheck, ObjectCheck } from '../reconcile/import-check.ts';
import type { ImportResult } from '../reconcile/import-options.ts';
import type { NotImportable } from '../reconcile/import-types.ts';
import { findingToJson } from '../render/index.ts';
import { fieldDriftToJson } from './drift-json.ts';
import { fieldLines } from './drift-text.ts';
import { plainText } from './plain-text.ts';
import type { Style } from './style.ts';
import { formatTable } from './table.ts';
import { count } from './wording.ts';

const MOST_KEPT = 10;

/** What was written, what is identical, what differs and what could not be imported: for people. */
export function formatImport(result: ImportResult, style: Style, columns?: number): string {
  const { files, credentialFiles, notImportable, notes, outputDir, source, check } = result;
  const written =
    files.length === 0
      ? []
      : [
          `Wrote ${count(files.length, 'file')} of ${plainText(source)} to ${plainText(outputDir)}.`,
          ...(credentialFiles.length === 0
            ? []
            : [`Wrote ${count(credentialFiles.length, 'file')} of credentials beside it.`]),
        ];
  const sections = [
    written,
    section(
      'Not importable:',
      notImportable.map((one) => formatNotImportable(one, style)),
    ),
    section(
      'Notes:',
      notes.map(({ object, text }) => `${plainText(object)} ${plainText(text)}`),
    ),
    check === undefined ? [] : formatCheck(check, style, columns),
    [verdict(result, style)],
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
}

function formatNotImportable({ object, where, cluster, reason }: NotImportable, style: Style): string {
  const place = where === undefined ? '' : ` (${plainText(where)})`;
  const inCluster = cluster === undefined ? '' : ` in ${plainText(cluster)}`;
  return `${style.error(plainText(object))}${inCluster}${place}: ${plainText(reason)}`;
}

function formatCheck({ clusters }: ImportCheck, style: Style, columns: number | undefined): readonly string[] {
  if (clusters.length === 0) {
    return ['No member was compared: the dump has none. Put each into member-CLUSTER.yaml, and compare with --check.'];
  }
  const lines = clusters.flatMap((cluster) => formatCluster(cluster, style, columns));
  const titles = ['cluster', 'identical', 'different', 'missing', 'refused', 'kept', 'left over'];
  const rows = clusters.map((one) => [
    plainText(one.cluster),
    ...(one.isCompared ? [`${one.identical}`, ...STATES.map((state) => `${countOf(one, state)}`)] : ['not compared']),
  ]);
  return [...lines, ...(lines.length === 0 ? [] : ['']), ...formatTable(titles, rows.map(filled), 1)];
}

const STATES = ['different', 'missing', 'refused', 'kept', 'leftover'] as const;

function filled(row: readonly string[]): string[] {
  return [...row, ...Array.from({ length: STATES.length + 2 - row.length }, () => '')];
}

function countOf({ objects }: ClusterCheck, state: ObjectCheck['state']): number {
  return objects.filter((one) => one.state === state).length;
}

function formatCluster(cluster: ClusterCheck, style: Style, columns: number | undefined): readonly string[] {
  const name = style.strong(`${plainText(cluster.cluster)}:`);
  const whole = cluster.isCompared
    ? []
    : [`${name} ${style.error('not compared')}: ${plainText(cluster.message ?? '')}`];
  const different = cluster.objects.filter(({ state }) => state !== 'kept' && state !== 'leftover');
  const others = cluster.objects.filter(({ state }) => state === 'kept' || state === 'leftover');
  const more = others.length - MOST_KEPT;
  return [
    ...whole,
    ...different.flatMap((one) => {
      const message = one.message === undefined ? '' : `: ${plainText(one.message)}`;
      const line = `${name} ${plainText(formatObjectId(one.id))} ${style.changed(WORDS[one.state])}${message}`;
      return [line, ...fieldLines(one.fields, style, columns)];
    }),
    ...others.slice(0, MOST_KEPT).map((one) => `${name} ${plainText(formatObjectId(one.id))} ${WORDS[one.state]}`),
    ...(more > 0 ? [`${name} and ${count(more, 'more object')} that stay as they are`] : []),
  ];
}

const WORDS: Readonly<Record<ObjectCheck['state'], string>> = {
  different: 'differs',
  missing: 'is not there',
  refused: 'would be refused',
  kept: 'stays as it is (keepLive)',
  leftover: 'has the label of KubeFed and is not in the repository: it stays as it is',
};

function verdict({ ok, check, files }: ImportResult, style: Style): string {
  if (!ok)
    return style.error('Not everything is the same, or is known to be: see above. Nothing was changed in any cluster.');
  if (check === undefined || check.clusters.length === 0) {
    return files.length === 0 ? 'Nothing was compared.' : 'Everything is in the repository. Nothing was compared.';
  }
  return style.added('Everything is in the repository, and every member has it as it would be applied.');
}

/** The result as one JSON document, as `gitfed import kubefed -o json` prints it. */
export function importToJson(result: ImportResult): JsonObject {
  const { source, systemNamespace, outputDir, files, credentialFiles, notImportable, notes, findings, check, ok } =
    result;
  return {
    ok,
    source,
    systemNamespace,
    outputDir,
    files: [...files],
    credentialFiles: [...credentialFiles],
    notImportable: notImportable.map(({ object, where, cluster, reason }) => ({
      object,
      ...(where === undefined ? {} : { where }),
      ...(cluster === undefined ? {} : { cluster }),
      reason,
    })),
    notes: notes.map(({ object, text }) => ({ object, text })),
    findings: findings.map(findingToJson),
    ...(check === undefined
      ? {}
      : { clusters: Object.fromEntries(check.clusters.map((one) => [one.cluster, clusterToJson(one)])) }),
  };
}

function clusterToJson({ isCompared, message, identical, objects }: ClusterCheck): JsonObject {
  return {
    compared: isCompared,
    ...(message === undefined ? {} : { message }),
    identical,
    objects: objects.map(({ id, federated, state, fields, message: why }) => ({
      state,
      group: id.group,
      kind: id.kind,
      namespace: id.namespace,
      name: id.name,
      ...(federated === undefined ? {} : { federated }),
      ...(why === undefined ? {} : { message: why }),
      ...(fields.length === 0 ? {} : { fields: fields.map(fieldDriftToJson) }),
    })),
  };
}
