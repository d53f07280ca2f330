import type { JsonObject, JsonValue, NodePath } from '../core/index.ts';
import type { RawObject } from './documents.ts';
import { field, readMapping, readString } from './fields.ts';
import type { FindingCollector, Report } from './finding-collector.ts';
import { checkName, readMetadata, readSpec, reportRoundedIntegers, subjectOf } from './metadata.ts';
import type { ApiResource, FederatedType, Scope } from './model.ts';
import { isDns1035Label, isDns1123Subdomain, pluralName } from './names.ts';
import { describeType, formatChoices, quote } from './wording.ts';

const SCOPES = ['Cluster', 'Namespaced'] as const;
const SWITCH = ['Enabled', 'Disabled'] as const;

/** A FederatedTypeConfig in error. What could be read of its federated type is known, so that its objects are not taken for something else. */
export interface BrokenTypeConfig {
  readonly group: string;
  readonly kind: string;
  readonly label: string;
}

export type ReadTypeConfig =
  | { readonly ok: true; readonly type: FederatedType }
  | { readonly ok: false; readonly broken: BrokenTypeConfig };

/** Reads a FederatedTypeConfig: KubeFed's defaulting from the name, then the checks of its webhook. Any error holds back deletions. */
export function readTypeConfig(raw: RawObject, collector: FindingCollector): ReadTypeConfig {
  const subject = subjectOf(raw, collector, 'InvalidTypeConfig', true);
  const { report } = subject;
  reportRoundedIntegers(raw, subject);
  const metadata = readMetadata(raw.object, report);
  const name = checkName(metadata.name, report) ?? '';
  const spec = readSpec(raw.object, report) ?? {};

  const [plural, group] = splitName(name);
  const target = readApiResource(spec, 'targetType', { plural: () => plural, group }, report);
  const propagation = readSwitch(field(spec, 'propagation'), ['spec', 'propagation'], true, report);
  const federated = readApiResource(spec, 'federatedType', { plural: pluralName, group: '' }, report);
  checkDomain(federated, 'federatedType', report);
  if (field(spec, 'statusType') !== undefined) {
    const status = readApiResource(
      spec,
      'statusType',
      { plural: pluralName, group: federated.group, version: federated.version },
      report,
    );
    checkDomain(status, 'statusType', report);
  }
  const statusCollection = readSwitch(field(spec, 'statusCollection'), ['spec', 'statusCollection'], false, report);
  checkFit(name, target, federated, report);

  if (subject.errors > 0) {
    return { ok: false, broken: { group: federated.group, kind: federated.kind, label: subject.label } };
  }
  const type: FederatedType = {
    name,
    target,
    federated,
    propagation: propagation === 'Disabled' ? 'Disabled' : 'Enabled',
    statusCollection: statusCollection === 'Enabled',
    source: raw.source,
  };
  return { ok: true, type };
}

/** KubeFed splits at the first dot: `deployments.apps`, `services`. */
function splitName(name: string): readonly [string, string] {
  const dot = name.indexOf('.');
  return dot < 0 ? [name, ''] : [name.slice(0, dot), name.slice(dot + 1)];
}

interface ResourceDefaults {
  readonly plural: (kind: string) => string;
  readonly group: string;
  readonly version?: string;
}

function readApiResource(spec: JsonObject, name: string, defaults: ResourceDefaults, report: Report): ApiResource {
  const path: NodePath = ['spec', name];
  const mapping = readMapping(field(spec, name), path, report);
  const text = (key: string): string =>
    mapping === undefined ? '' : (readString(field(mapping, key), [...path, key], report) ?? '');
  const [group, version, kind, scope] = [text('group'), text('version'), text('kind'), text('scope')];
  const resource = {
    group: group || defaults.group,
    version: version || (defaults.version ?? ''),
    kind,
    plural: text('pluralName') || (kind === '' && name !== 'targetType' ? '' : defaults.plural(kind)),
    scope: scope as Scope,
  };
  if (resource.group !== '' && !isDns1123Subdomain(resource.group)) {
    report([...path, 'group'], `is ${quote(resource.group)}, which is not a valid API group`);
  }
  checkLabel(resource.version, [...path, 'version'], 'API version such as v1', report);
  checkLabel(resource.kind, [...path, 'kind'], 'kind such as Deployment', report);
  checkLabel(resource.plural, [...path, 'pluralName'], 'plural name such as deployments', report);
  checkChoice(scope, SCOPES, [...path, 'scope'], report);
  return resource;
}

function checkLabel(text: string, path: NodePath, what: string, report: Report): void {
  if (text === '') report(path, `is required: the ${what}`);
  else if (!isDns1035Label(path.at(-1) === 'kind' ? text.toLowerCase() : text))
    report(path, `is ${quote(text)}, which is not a valid ${what}`);
}

function checkChoice(text: string, choices: readonly string[], path: NodePath, report: Report): void {
  if (text === '') report(path, `is required: ${formatChoices(choices)}`);
  else if (!choices.includes(text))
    report(path, `is ${quote(text)}; it must be ${formatChoices(choices)} (case matters)`);
}

function readSwitch(
  value: JsonValue | undefined,
  path: NodePath,
  isRequired: boolean,
  report: Report,
): string | undefined {
  if (value !== undefined && typeof value !== 'string') {
    report(path, `must be ${formatChoices(SWITCH)}, not ${describeType(value)}`);
    return undefined;
  }
  if (value !== undefined || isRequired) checkChoice(value ?? '', SWITCH, path, report);
  return value;
}

function checkDomain(resource: ApiResource, name: string, report: Report): void {
  const path = ['spec', name, 'group'];
  if (resource.group === '') report(path, 'is required: an API group with a dot, such as types.kubefed.io');
  else if (!resource.group.includes('.'))
    report(path, `is ${quote(resource.group)}; it must be a domain with at least one dot`);
}

function checkFit(name: string, target: ApiResource, federated: ApiResource, report: Report): void {
  const names = [target.plural, ...(target.group === '' ? [] : [`${target.plural}.${target.group}`])];
  if (name !== '' && target.plural !== '' && !names.includes(name)) {
    report(['metadata', 'name'], `is ${quote(name)}; it must be ${formatChoices(names)}, the name of the target type`);
  }
  if (target.scope === 'Namespaced' && federated.scope === 'Cluster') {
    report(['spec', 'federatedType', 'scope'], 'is Cluster, but targets live in namespaces: it must be Namespaced');
  }
}
