import type { JsonObject, JsonValue } from '../core/index.ts';
import type { RawObject } from './documents.ts';
import { checkApiEndpoint, checkProxyUrl, withoutUserInfo } from './endpoint.ts';
import { field, readList, readMapping, readString } from './fields.ts';
import type { FindingCollector, Report, Subject } from './finding-collector.ts';
import { checkName, checkNamespace, readMetadata, readSpec, reportRoundedIntegers, subjectOf } from './metadata.ts';
import type { KubeFedCluster } from './model.ts';
import { isClusterName, isLabelKey, isLabelValue } from './names.ts';
import { formatChoices, quote } from './wording.ts';

const TLS_VALIDATIONS = ['*', 'SubjectName', 'ValidityPeriod'] as const;
type TlsValidation = (typeof TLS_VALIDATIONS)[number];

/**
 * Reads a KubeFedCluster with the checks of KubeFed's webhook. Any error of a cluster holds back deletions.
 *
 * @returns `undefined` when it is in error. An absent namespace is `systemNamespace`.
 */
export function readCluster(
  raw: RawObject,
  systemNamespace: string,
  collector: FindingCollector,
): KubeFedCluster | undefined {
  const subject = subjectOf(raw, collector, 'InvalidCluster', true);
  const { report } = subject;
  reportRoundedIntegers(raw, subject);
  const metadata = readMetadata(raw.object, report);
  const name = checkName(metadata.name, report, isClusterName);
  const namespace = metadata.namespace === undefined ? systemNamespace : checkNamespace(metadata.namespace, report);
  checkLabels(metadata.labels, report);
  const spec = readSpec(raw.object, report);
  if (spec === undefined) return undefined;
  const settings = readSettings(spec, subject);
  if (subject.errors > 0 || name === undefined || namespace === undefined || settings === undefined) return undefined;
  return {
    name,
    namespace,
    labels: metadata.labels,
    annotations: metadata.annotations,
    ...settings,
    object: raw.object,
    source: raw.source,
  };
}

type Settings = Pick<KubeFedCluster, 'apiEndpoint' | 'caBundle' | 'secretName' | 'disabledTLSValidations' | 'proxyURL'>;

function readSettings(spec: JsonObject, { report }: Subject): Settings | undefined {
  const apiEndpoint = readString(field(spec, 'apiEndpoint'), ['spec', 'apiEndpoint'], report);
  const problem =
    apiEndpoint === undefined && field(spec, 'apiEndpoint') !== undefined
      ? undefined
      : checkApiEndpoint(apiEndpoint ?? '');
  if (problem !== undefined)
    report(['spec', 'apiEndpoint'], apiEndpoint ? `${quote(withoutUserInfo(apiEndpoint))} ${problem}` : problem);
  const secretName = readSecretName(spec, report);
  const caBundle = readCaBundle(spec, report);
  const disabledTLSValidations = readTlsValidations(field(spec, 'disabledTLSValidations'), report);
  const proxyURL = readString(field(spec, 'proxyURL'), ['spec', 'proxyURL'], report) ?? '';
  const proxyProblem = proxyURL === '' ? undefined : checkProxyUrl(proxyURL);
  // The URL itself may hold a password.
  if (proxyProblem !== undefined) report(['spec', 'proxyURL'], proxyProblem);
  if (apiEndpoint === undefined || secretName === undefined) return undefined;
  return {
    apiEndpoint,
    secretName,
    disabledTLSValidations,
    ...(caBundle === undefined ? {} : { caBundle }),
    ...(proxyURL === '' ? {} : { proxyURL }),
  };
}

function readSecretName(spec: JsonObject, report: Report): string | undefined {
  const path = ['spec', 'secretRef', 'name'];
  const reference = readMapping(field(spec, 'secretRef'), ['spec', 'secretRef'], report);
  const name = reference === undefined ? undefined : readString(field(reference, 'name'), path, report);
  if (name === undefined || name === '') {
    report(path, 'is required: the name of the Secret with the token for this cluster');
    return undefined;
  }
  if (isClusterName(name)) return name;
  report(path, `is ${quote(name)}, which is not a valid name of a Secret`);
  return undefined;
}

function readCaBundle(spec: JsonObject, report: Report): string | undefined {
  const text = readString(field(spec, 'caBundle'), ['spec', 'caBundle'], report) ?? '';
  // Go's base64 decoder passes over line breaks, which folded blocks bring along.
  const bundle = text.replace(/[\r\n]/g, '');
  if (bundle === '') return undefined;
  const isBase64 = bundle.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(bundle);
  if (!isBase64) report(['spec', 'caBundle'], 'is not base64: write the PEM certificates base64-encoded, on one line');
  return bundle;
}

function readTlsValidations(value: JsonValue | undefined, report: Report): readonly TlsValidation[] {
  const path = ['spec', 'disabledTLSValidations'];
  const items = readList(value, path, report) ?? [];
  const names = items.flatMap((item, index) => {
    const name = readString(item, [...path, index], report) ?? '';
    if (isTlsValidation(name)) return [name];
    report([...path, index], `is ${quote(name)}; it must be ${formatChoices(TLS_VALIDATIONS)}`);
    return [];
  });
  if (names.includes('*') && items.length > 1) report(path, 'must hold nothing else when it holds "*"');
  return names;
}

function isTlsValidation(text: string): text is TlsValidation {
  return (TLS_VALIDATIONS as readonly string[]).includes(text);
}

function checkLabels(labels: Readonly<Record<string, string>>, report: Report): void {
  for (const [key, value] of Object.entries(labels)) {
    const path = ['metadata', 'labels', key];
    if (!isLabelKey(key)) report(path, 'has a key that is not a valid label key');
    if (!isLabelValue(value)) report(path, `is ${quote(value)}, which is not a valid label value`);
  }
}
