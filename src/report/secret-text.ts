import { isJsonObject, type JsonObject, type JsonValue, readYaml } from '../core/index.ts';

const LIMITS = { documentNodes: 1_000_000, depth: 200 };

/** Whether a file of a repository may carry values of a Secret, so that its text is not shown. What cannot be read may. */
export function mayHoldSecret(text: string): boolean {
  return readYaml('', text, LIMITS).some((result) => !result.ok || isSecret(result.document.value));
}

function isSecret(value: JsonValue): boolean {
  if (!isJsonObject(value)) return false;
  const { kind, items, spec } = value;
  if (Array.isArray(items) && items.some(isSecret)) return true;
  return kind === 'Secret' || (isJsonObject(spec) && isJsonObject(spec['template']) && isSecretTemplate(value, spec));
}

/** Of any federated kind that is no ConfigMap: a FederatedTypeConfig may have given that of Secrets another name. */
function isSecretTemplate({ kind }: JsonObject, { template }: JsonObject): boolean {
  if (!isJsonObject(template)) return false;
  const hasData = Object.hasOwn(template, 'data') && kind !== 'FederatedConfigMap';
  return kind === 'FederatedSecret' || hasData || Object.hasOwn(template, 'stringData');
}
