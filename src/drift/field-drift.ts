import type { FieldStep, JsonObject, JsonValue } from '../core/index.ts';
import { fieldBelow } from './field-owners.ts';
import type { FieldSet, ManagedFieldsEntry } from './field-set.ts';

/** A field of an object that is not what it should be. */
export interface FieldDrift {
  /** changed: another value; missing: it is not there; taken: the value is right, and somebody else owns it now; added: a person's tool put it there. */
  readonly type: 'changed' | 'missing' | 'taken' | 'added';
  readonly path: readonly FieldStep[];
  /** `MASK` for every value of a Secret, like `live`. */
  readonly desired?: JsonValue;
  readonly live?: JsonValue;
  /** Who wrote the live value last, as far as the managed fields tell. They do not tell who removed a field. */
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  /** RFC 3339. */
  readonly time?: string;
}

export interface LiveComparison {
  /** What gitfed applies. */
  readonly manifest: JsonObject;
  /** The whole object as the server returned it. */
  readonly live: JsonObject;
  readonly managedFields: readonly ManagedFieldsEntry[];
  /** Of gitfed's Apply entry for this apiVersion. */
  readonly ownFields: FieldSet | undefined;
  /** The manifest is exactly what was applied last: a field that is still ours then has, by definition, its desired value. */
  readonly isApplied: boolean;
  /** What people's tools added and nobody else owns, as `addedFields` has it. */
  readonly added: readonly { readonly entry: ManagedFieldsEntry; readonly fields: FieldSet }[];
}

export interface ComparisonContext extends Pick<LiveComparison, 'managedFields' | 'isApplied'> {
  readonly kind: string;
  /** Of a Secret. */
  readonly isHidden: boolean;
}

/** A field of a manifest, and what is known of its owners. */
export interface FieldPlace {
  readonly path: readonly FieldStep[];
  /** From the root of a set of managed fields. */
  readonly names: readonly string[];
  readonly own: FieldSet | undefined;
  /** What is ours and everybody else's, from which the shape of lists is known. */
  readonly known: FieldSet | undefined;
}

export function placeBelow({ path, names, own, known }: FieldPlace, step: FieldStep, name: string): FieldPlace {
  return {
    path: [...path, step],
    names: [...names, name],
    own: fieldBelow(own, name),
    known: fieldBelow(known, name),
  };
}

export function writtenBy(entry: ManagedFieldsEntry | undefined): Partial<FieldDrift> {
  const { manager, operation, subresource, time } = entry ?? {};
  return {
    ...(manager === undefined ? {} : { manager }),
    ...(operation === undefined ? {} : { operation }),
    ...(subresource === undefined ? {} : { subresource }),
    ...(time === undefined ? {} : { time }),
  };
}

/** How many steps of a path into a Secret may be shown: an allow-list, because what is malformed may have a value anywhere. */
export function shownDepth([first, second]: readonly FieldStep[]): number {
  if (first === 'data') return 2;
  if (first !== 'metadata') return 1;
  if (second === 'finalizers' || second === 'ownerReferences') return 4;
  return second === 'labels' || second === 'annotations' ? 3 : 2;
}
