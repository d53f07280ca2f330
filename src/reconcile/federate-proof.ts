import {
  buildModel,
  federatedObjectName,
  isIgnoredNamespace,
  type Model,
  type RepositorySnapshot,
  typeConfigManifest,
} from '../api/index.ts';
import {
  compareFields,
  compareSecrets,
  type Finding,
  formatFieldPath,
  formatYaml,
  isJsonObject,
  isSecret,
  type JsonObject,
  jsonEquals,
  objectIdKey,
} from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { render } from '../render/index.ts';
import { plainText } from '../report/plain-text.ts';
import { label } from './federate-cluster.ts';
import { draftKey, draftName, type FederatedDraft } from './federate-draft.ts';

const MANAGED_LABEL = 'kubefed.io/managed';
const MOST = 20;

/**
 * Renders federated objects for one cluster that gets everything, and compares each with the object that it was made of.
 *
 * @throws {GitfedError} `USAGE` with the fields that differ; nothing of a Secret is shown.
 */
export function proveRendering(drafts: readonly FederatedDraft[], { configuration, systemNamespace }: Model): void {
  const scratch = buildModel(scratchSnapshot(drafts, systemNamespace));
  const { clusters, findings } = render({
    ...scratch,
    configuration: { ...scratch.configuration, ...policyOf(configuration) },
  });
  const rendered = new Map(
    clusters.flatMap(({ objects }) => objects).map((one) => [federatedObjectName(one.federated), one]),
  );
  const differences = drafts.flatMap((draft) => {
    if (isNeverRendered(draft, systemNamespace)) return [];
    const manifest = rendered.get(draftName(draft))?.manifest;
    const name = label(draft.found.resource, draft.found.namespace, draft.found.name);
    if (manifest === undefined) return [`${name} would not be rendered${whyNot(draft, findings)}`];
    return differencesOf(draft, manifest).map((path) => `${name}: ${path}`);
  });
  if (differences.length === 0) return;
  const shown = differences.slice(0, MOST).map((line) => `\n  ${plainText(line)}`);
  const more = differences.length > MOST ? `\n  and ${differences.length - MOST} more` : '';
  throw new GitfedError(
    'USAGE',
    `What would be rendered is not what was read. Nothing was written. Where it differs:${shown.join('')}${more}`,
  );
}

function whyNot(draft: FederatedDraft, findings: readonly Finding[]): string {
  const errors = findings.filter(({ severity }) => severity === 'error');
  const reason = errors.find(({ object }) => object === draftName(draft)) ?? errors[0];
  return reason === undefined ? '' : `: ${reason.code}: ${reason.message}`;
}

function policyOf({
  templateAnnotations,
}: Model['configuration']): Pick<Model['configuration'], 'templateAnnotations'> {
  return { templateAnnotations };
}

/** KubeFed never propagates these namespaces; what is in them it does. */
function isNeverRendered({ found: { resource, name } }: FederatedDraft, systemNamespace: string): boolean {
  return resource.group === '' && resource.kind === 'Namespace' && isIgnoredNamespace(name, systemNamespace);
}

/** The object that was read, without what its cluster gave it, as it is to be applied. */
function differencesOf({ template, found }: FederatedDraft, manifest: JsonObject): readonly string[] {
  const { resource, namespace, name } = found;
  const { group, version, kind } = resource;
  const metadata = isJsonObject(template['metadata']) ? template['metadata'] : {};
  const labels = isJsonObject(metadata['labels']) ? metadata['labels'] : {};
  const wanted = {
    ...template,
    apiVersion: group === '' ? version : `${group}/${version}`,
    kind,
    metadata: {
      ...metadata,
      name,
      ...(namespace === '' ? {} : { namespace }),
      labels: { ...labels, [MANAGED_LABEL]: 'true' },
    },
  };
  const compare = isSecret({ group, kind, namespace, name }) ? compareSecrets : compareFields;
  return compare(wanted, manifest).map(({ path }) => formatFieldPath(path));
}

/** The files as they would be written, before a cluster that gets everything. */
function scratchSnapshot(drafts: readonly FederatedDraft[], systemNamespace: string): RepositorySnapshot {
  const types = [...new Map(drafts.map(({ type }) => [type.name, type])).values()];
  const namespaces = new Set(drafts.map(({ found }) => found.namespace).filter((name) => name !== ''));
  for (const { found } of drafts) if (found.resource.kind === 'Namespace') namespaces.delete(found.name);
  const manifests = [
    cluster(systemNamespace),
    ...types.map((type) => typeConfigManifest({ ...type, propagation: 'Enabled' }, systemNamespace)),
    ...[...namespaces].map(namespaceManifest),
    ...drafts.map(({ manifest }) => ({
      ...manifest,
      spec: { ...(manifest['spec'] as JsonObject), placement: { clusterSelector: {} } },
    })),
  ];
  const entries = manifests.map((manifest, index) => {
    const content = new TextEncoder().encode(formatYaml(manifest));
    return { kind: 'file' as const, path: `${String(index).padStart(8, '0')}.yaml`, content };
  });
  return { entries, complete: true };
}

function cluster(namespace: string): JsonObject {
  return {
    apiVersion: 'core.kubefed.io/v1beta1',
    kind: 'KubeFedCluster',
    metadata: { name: 'proof', namespace },
    spec: { apiEndpoint: 'https://proof.example', secretRef: { name: 'proof' } },
  };
}

function namespaceManifest(name: string): JsonObject {
  return {
    apiVersion: 'types.kubefed.io/v1beta1',
    kind: 'FederatedNamespace',
    metadata: { name, namespace: name },
    spec: { placement: { clusterSelector: {} } },
  };
}

/** Whether the edited repository has these templates. @throws {GitfedError} `USAGE` where it has not. */
export function proveTemplates(
  drafts: readonly FederatedDraft[],
  after: Model,
  isEncrypted: (draft: FederatedDraft) => boolean,
): void {
  const objects = new Map(after.objects.map((object) => [objectIdKey(object.id), object]));
  const wrong = drafts.find((draft) => {
    const template = objects.get(draftKey(draft))?.template;
    if (isEncrypted(draft)) return template === undefined;
    return template?.ok !== true || !jsonEquals(template.value, draft.template);
  });
  if (wrong === undefined) return;
  throw new GitfedError(
    'USAGE',
    `The edited repository would not have ${draftName(wrong)} as it is wanted. Nothing was written. Look at: gitfed validate`,
  );
}
