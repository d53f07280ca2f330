import { isJsonObject, type JsonObject, type JsonValue, type NodePath } from '../core/index.ts';
import type { RawObject } from './documents.ts';
import { field, readMapping, readStringMap } from './fields.ts';
import { type FindingCollector, type Report, Subject } from './finding-collector.ts';
import { isDns1123Label, isDns1123Subdomain, isPathSegmentName } from './names.ts';
import { describeType, quote } from './wording.ts';

/** What is read of `metadata`. `name` and `namespace` are as written, to be checked by `checkName` and `checkNamespace`. */
export interface Metadata {
  readonly name: JsonValue | undefined;
  readonly namespace: JsonValue | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** `FederatedDeployment/shop/web` as findings print it, of an object whose parts may be anything. */
export function describeObject(raw: RawObject): string {
  const metadata = field(raw.object, 'metadata');
  const parts = isJsonObject(metadata) ? [field(metadata, 'namespace'), field(metadata, 'name')] : [];
  const texts = parts.filter((part) => typeof part === 'string' && part !== '');
  const name = isJsonObject(metadata) ? field(metadata, 'name') : undefined;
  const suffix = typeof name === 'string' && name !== '' ? '' : ' (without a name)';
  return [raw.kind, ...texts].map((part) => readable(String(part))).join('/') + suffix;
}

function readable(part: string): string {
  return /^[\w.:@+-]{1,253}$/.test(part) ? part : quote(part);
}

export function readMetadata(object: JsonObject, report: Report): Metadata {
  const metadata = readMapping(field(object, 'metadata'), ['metadata'], report) ?? {};
  return {
    name: field(metadata, 'name'),
    namespace: field(metadata, 'namespace'),
    labels: readStringMap(field(metadata, 'labels'), ['metadata', 'labels'], report),
    annotations: readStringMap(field(metadata, 'annotations'), ['metadata', 'annotations'], report),
  };
}

/** A name that Kubernetes would take, else `undefined` and an `InvalidName`. */
export function checkName(
  name: JsonValue | undefined,
  report: Report,
  isValid: (name: string) => boolean = isDns1123Subdomain,
): string | undefined {
  const path: NodePath = ['metadata', 'name'];
  if (name === undefined || name === '') {
    report(
      path,
      'is missing: every object in a repository needs a name (generateName does not work here)',
      'InvalidName',
    );
    return undefined;
  }
  if (typeof name !== 'string') {
    reportNoText(name, path, report);
    return undefined;
  }
  if (isValid(name)) return name;
  const rule =
    isValid === isPathSegmentName
      ? 'use no "/", "%", ".." or spaces (at most 253 characters)'
      : 'use lower-case letters, digits, "-" and "." (at most 253 characters), beginning and ending with a letter or digit';
  report(path, `is ${quote(name)}, which is not a valid name: ${rule}`, 'InvalidName');
  return undefined;
}

export function checkNamespace(namespace: JsonValue | undefined, report: Report): string | undefined {
  const path: NodePath = ['metadata', 'namespace'];
  if (namespace === undefined || namespace === '') {
    report(
      path,
      'is missing: objects of this kind live in a namespace, and a repository has no default one',
      'InvalidName',
    );
    return undefined;
  }
  if (typeof namespace !== 'string') {
    reportNoText(namespace, path, report);
    return undefined;
  }
  if (isDns1123Label(namespace)) return namespace;
  const problem = `is ${quote(namespace)}, which is not a valid namespace name: use lower-case letters, digits and "-" (at most 63 characters), beginning and ending with a letter or digit`;
  report(path, problem, 'InvalidName');
  return undefined;
}

/** `name: no` is a boolean. */
function reportNoText(value: JsonValue, path: NodePath, report: Report): void {
  const hint = typeof value === 'object' ? '' : ': put it in quotes';
  report(path, `must be a string, not ${describeType(value)}${hint}`, 'InvalidName');
}

/** The subject of an object of the federation's own kinds: any error of it holds deletions back. */
export function subjectOf(
  raw: RawObject,
  collector: FindingCollector,
  code: Subject['defaultCode'],
  hold: boolean,
): Subject {
  return new Subject(collector, { source: raw.source, label: describeObject(raw), code, hold });
}

/** Integers that were rounded while reading, as errors of their object. @returns their paths */
export function reportRoundedIntegers(raw: RawObject, subject: Subject): readonly NodePath[] {
  for (const path of raw.roundedIntegers) {
    subject.report(
      path,
      'is an integer outside int64 and uint64: no Kubernetes field holds it. Put it in quotes if it is text',
      'IntegerOutOfRange',
    );
  }
  return raw.roundedIntegers;
}

/** `spec` of an object that must have one. */
export function readSpec(object: JsonObject, report: Report): JsonObject | undefined {
  const spec = field(object, 'spec');
  if (spec === undefined) {
    report(['spec'], 'is required');
    return undefined;
  }
  if (isJsonObject(spec)) return spec;
  report(['spec'], `must be a mapping, not ${describeType(spec)}`);
  return undefined;
}
