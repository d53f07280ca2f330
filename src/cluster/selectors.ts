import type { ObjectMetadata } from './lists.ts';

export interface Selectors {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly namespace?: string;
}

/** Whether an object is among what is selected; `undefined` for selectors that only the server understands. */
export function isSelected(
  { namespace, name, labels = {} }: ObjectMetadata,
  { labelSelector, fieldSelector, namespace: place = '' }: Selectors,
): boolean | undefined {
  if (place !== '' && place !== namespace) return false;
  const answers = [
    ...termsOf(labelSelector).map((term) => isLabelled(term, labels)),
    ...termsOf(fieldSelector).map((term) => {
      const wanted = /^metadata\.name=(?<name>[^=].*)$/.exec(term)?.groups?.name;
      return wanted === undefined ? undefined : wanted === name;
    }),
  ];
  if (answers.includes(false)) return false;
  return answers.includes(undefined) ? undefined : true;
}

function termsOf(selector: string | undefined): readonly string[] {
  return selector === undefined || selector === '' ? [] : selector.split(',');
}

function isLabelled(term: string, labels: Readonly<Record<string, string>>): boolean | undefined {
  const equal = /^(?<key>[\w./-]+)==?(?<value>[\w.-]*)$/.exec(term)?.groups;
  if (equal !== undefined) return Object.hasOwn(labels, equal.key ?? '') && labels[equal.key ?? ''] === equal.value;
  const present = /^(?<not>!?)(?<key>[\w./-]+)$/.exec(term)?.groups;
  return present === undefined ? undefined : Object.hasOwn(labels, present.key ?? '') === (present.not === '');
}
