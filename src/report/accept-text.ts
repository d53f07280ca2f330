import { stringifyJson } from '../core/index.ts';
import type { AcceptedField, AcceptResult, NotAcceptedField } from '../reconcile/accept-types.ts';
import { formatFileDiff } from './file-diff.ts';
import { plainText } from './plain-text.ts';
import type { Style } from './style.ts';
import { count, list } from './wording.ts';

const LONGEST_VALUE = 60;

/** What of the drift of an object is in the repository now, for people. */
export function formatAccepted(result: AcceptResult, style: Style): string {
  const { accepted, notAccepted, edit, object } = result;
  const name = plainText(object);
  if (accepted.length + notAccepted.length === 0) {
    return `${name} has not drifted from commit ${plainText(result.commit.slice(0, 12))}: there is nothing to accept.\n`;
  }
  const lines = [
    ...(accepted.length === 0 ? [] : [style.strong(`${name}:`), ...accepted.map((field) => formatField(field, style))]),
    ...(notAccepted.length === 0 ? [] : [style.strong(`${name}, not accepted:`)]),
    ...notAccepted.map((field) => formatRefusal(field, style)),
  ];
  const diff = edit === undefined ? '' : `\n${formatFileDiff(edit, style, edit.context)}\n${nextStep(result)}\n`;
  return `${lines.map((line) => `${line}\n`).join('')}${diff}`;
}

function formatField({ path, clusters, others, into, value, place }: AcceptedField, style: Style): string {
  const what = value === undefined ? style.removed('is not there') : `is ${style.added(shown(stringifyJson(value)))}`;
  const where = `${plainText(place.file)}:${place.line}`;
  const also = others.length === 0 ? '' : `, and becomes so in ${list(others)}`;
  const target = into === 'template' ? 'the template' : 'an override';
  return `    ${plainText(path)} ${what} in ${list(clusters)}${also}: ${target}, ${where}`;
}

function formatRefusal({ path, clusters, reason }: NotAcceptedField, style: Style): string {
  const where = clusters.length === 0 ? '' : ` in ${list(clusters)}`;
  const what = path === undefined ? `it${where}` : `${plainText(path)}${where}`;
  return `    ${style.warning(what)}: ${plainText(reason)}`;
}

function shown(text: string): string {
  const plain = plainText(text);
  return plain.length > LONGEST_VALUE ? `${plain.slice(0, LONGEST_VALUE - 1)}…` : plain;
}

function nextStep({ written, edit, accepted }: AcceptResult): string {
  const file = plainText(edit?.file ?? '');
  if (!written) return `${file} was not written, because of --dry-run.`;
  return `${file} was written: ${count(accepted.length, 'field')}. Look at it with git diff, and commit it; the next sync leaves these values as they are.`;
}
