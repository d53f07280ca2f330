import { isJsonObject, type JsonObject } from '../core/index.ts';
import { stringOf, valueAt } from './object-fields.ts';
import type { SandboxResource } from './served-resource.ts';
import { badRequest } from './status-error.ts';
import type { StoredObject } from './stored-object.ts';

type LabelTest = (labels: JsonObject) => boolean;

/**
 * Reads a label selector in text form: `app=web,tier in (a,b),!legacy`.
 *
 * @throws {StatusError} 400.
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#api
 */
export function parseLabelSelector(text: string): LabelTest {
  const tests = splitRequirements(text).map(parseRequirement);
  return (labels) => tests.every((test) => test(labels));
}

/** At commas, but not at those between parentheses. */
function splitRequirements(text: string): readonly string[] {
  const parts = text.match(/(?:[^,(]|\([^)]*\))+/g) ?? [];
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

const SET = /^(?<key>[^\s!=,()]+)\s+(?<operator>in|notin)\s*\((?<values>[^()]*)\)$/;
const EQUALITY = /^(?<key>[^\s!=,()<>]+)\s*(?<operator>==|=|!=)\s*(?<value>[^\s!=,()]*)$/;
const ORDER = /^(?<key>[^\s!=,()<>]+)\s*(?<operator>[<>])\s*(?<value>-?\d+)$/;
const EXISTENCE = /^(?<not>!?)\s*(?<key>[^\s!=,()<>]+)$/;

function parseRequirement(text: string): LabelTest {
  const set = SET.exec(text)?.groups;
  if (set !== undefined) {
    const values = new Set((set.values ?? '').split(',').map((value) => value.trim()));
    return oneOf(set.key ?? '', values, set.operator === 'in');
  }
  const equality = EQUALITY.exec(text)?.groups;
  if (equality !== undefined) {
    return oneOf(equality.key ?? '', new Set([equality.value ?? '']), equality.operator !== '!=');
  }
  const order = ORDER.exec(text)?.groups;
  if (order !== undefined) return inOrder(order.key ?? '', order.operator === '>', Number(order.value));
  const existence = EXISTENCE.exec(text)?.groups;
  if (existence === undefined) throw badRequest(`unable to parse requirement: invalid selector ${text}`);
  const key = existence.key ?? '';
  const wanted = existence.not === '';
  return (labels) => Object.hasOwn(labels, key) === wanted;
}

/** A label that is not there is in no set, and so outside of every one. */
function oneOf(key: string, values: ReadonlySet<string>, wanted: boolean): LabelTest {
  return (labels) => (Object.hasOwn(labels, key) && values.has(stringOf(labels[key]))) === wanted;
}

function inOrder(key: string, isGreater: boolean, bound: number): LabelTest {
  return (labels) => {
    const value = Object.hasOwn(labels, key) ? stringOf(labels[key]) : '';
    if (!/^-?\d+$/.test(value)) return false;
    return isGreater ? Number(value) > bound : Number(value) < bound;
  };
}

/** Fields beside the name and the namespace that a kind can be selected by. */
const SELECTABLE: Readonly<Record<string, readonly string[]>> = {
  Pod: ['spec.nodeName', 'spec.restartPolicy', 'spec.schedulerName', 'spec.serviceAccountName', 'status.phase'],
  Event: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'reason',
    'type',
    'source',
  ],
  Secret: ['type'],
  Namespace: ['status.phase'],
  Node: ['spec.unschedulable'],
  Job: ['status.successful'],
  ReplicaSet: ['status.replicas'],
  ReplicationController: ['status.replicas'],
};

type FieldTest = (object: StoredObject, read: () => JsonObject) => boolean;

/**
 * Reads a field selector: `metadata.name=web,status.phase!=Running`.
 *
 * @throws {StatusError} 400, also for a field that objects of the kind are not selected by.
 */
export function parseFieldSelector(text: string, resource: SandboxResource): FieldTest {
  const tests = splitRequirements(text).map((part) => parseFieldTest(part, resource.isCustom ? '' : resource.kind));
  return (object, read) => tests.every((test) => test(object, read));
}

function parseFieldTest(text: string, kind: string): FieldTest {
  const match = /^(?<field>[^=!]+)(?<operator>==|=|!=)(?<value>.*)$/.exec(text)?.groups;
  if (match === undefined) throw badRequest(`invalid field selector: ${text}`);
  const { field = '', value = '' } = match;
  const wanted = match.operator !== '!=';
  if (field === 'metadata.name') return ({ name }) => (name === value) === wanted;
  if (field === 'metadata.namespace') return ({ namespace }) => (namespace === value) === wanted;
  const selectable = Object.hasOwn(SELECTABLE, kind) ? SELECTABLE[kind] : undefined;
  if (selectable?.includes(field) !== true) throw badRequest(`field label not supported: ${field}`);
  const path = field.split('.');
  return (_object, read) => {
    const found = valueAt(read(), path);
    return ((found === undefined || isJsonObject(found) ? '' : String(found)) === value) === wanted;
  };
}
