import type { KubeFedCluster } from '../api/index.ts';
import { type JsonObject, jsonEquals, type SourceEdit } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { plainText } from '../report/plain-text.ts';
import type { ContextCluster } from './join-context.ts';
import { ACCOUNT_ANNOTATION } from './join-names.ts';
import type { JoinOptions } from './join-options.ts';
import type { Membership } from './join-repository.ts';
import { type FileDrafts, newFile, type TypeRepository } from './type-repository.ts';

/** The Secret that a KubeFedCluster names, or will. @throws {GitfedError} `USAGE` */
export function chooseSecretName(
  { existing, names, model }: Membership,
  { cluster, secretName, errorOnExisting }: Pick<JoinOptions, 'cluster' | 'secretName' | 'errorOnExisting'>,
): string {
  const chosen = secretName ?? existing?.secretName ?? `${cluster.toLowerCase()}-credentials`;
  if (existing !== undefined && chosen !== existing.secretName && errorOnExisting !== false) {
    throw new GitfedError(
      'USAGE',
      `${plainText(cluster)} is registered with the Secret ${existing.secretName}, not ${plainText(chosen)}: leave out --secret-name, or change it with --error-on-existing=false. Nothing was written.`,
    );
  }
  // In a folder they would be one, where the file system takes capitals for small letters.
  const other = model.clusters.find(
    (one) => one.name !== cluster && one.secretName.toLowerCase() === chosen.toLowerCase(),
  );
  if (other !== undefined && chosen !== existing?.secretName) {
    throw new GitfedError(
      'USAGE',
      `The Secret ${plainText(chosen)} has the credential of ${plainText(other.name)}: choose another one with --secret-name. Nothing was written.`,
    );
  }
  if (names.tokenSecrets.includes(chosen)) {
    throw new GitfedError(
      'USAGE',
      `--secret-name ${chosen} is the name of the Secret in the member, which may be the same cluster: choose another one.`,
    );
  }
  return chosen;
}

/** Drafts the KubeFedCluster, or edits of the one that is there. @throws {GitfedError} `USAGE` where it is of another cluster. */
export function draftRegistration(
  membership: Membership,
  drafts: FileDrafts,
  context: ContextCluster,
  { secretName, outputDir, options }: RegistrationOptions,
): void {
  const { existing, model, systemNamespace, names, repository } = membership;
  const { cluster } = options;
  const spec = specOf(context, secretName);
  const twin = model.clusters.find((one) => one.name !== cluster && isSameEndpoint(one.apiEndpoint, context.server));
  if (twin !== undefined) {
    throw new GitfedError(
      'USAGE',
      `${context.server} is registered already, as cluster ${plainText(twin.name)}: one cluster has one name. Nothing was written.`,
    );
  }
  const annotations = { [ACCOUNT_ANNOTATION]: names.account };
  const manifest: JsonObject = {
    apiVersion: 'core.kubefed.io/v1beta1',
    kind: 'KubeFedCluster',
    metadata: { name: cluster, namespace: systemNamespace, annotations },
    spec,
  };
  if (existing === undefined) {
    drafts.create(placeOfNew(repository, cluster, outputDir), manifest);
    return;
  }
  refuseOther(existing, context, options.errorOnExisting);
  const isOverwritten = options.errorOnExisting === false;
  const edits = [...(isOverwritten ? specEdits(existing, spec) : []), ...accountEdits(existing, names.account)];
  drafts.edit(existing.source, manifest, edits);
}

/** @throws {GitfedError} `USAGE` for a folder that is not of the repository. */
export function placeOfNew(repository: TypeRepository, name: string, outputDir: string): string {
  const file = newFile(repository, name, outputDir);
  if (file !== undefined) return file;
  throw new GitfedError('USAGE', `--output-dir ${outputDir} is not in the repository: name a folder of it.`);
}

interface RegistrationOptions {
  readonly secretName: string;
  readonly outputDir: string;
  readonly options: Pick<JoinOptions, 'cluster' | 'errorOnExisting'>;
}

function specOf({ server, caBundle, isInsecure, proxyURL }: ContextCluster, secretName: string): JsonObject {
  return {
    apiEndpoint: server,
    ...(caBundle === undefined ? {} : { caBundle }),
    ...(isInsecure ? { disabledTLSValidations: ['*'] } : {}),
    ...(proxyURL === undefined ? {} : { proxyURL }),
    secretRef: { name: secretName },
  };
}

function refuseOther(
  { name, apiEndpoint, source }: KubeFedCluster,
  { server, name: context }: ContextCluster,
  errorOnExisting: boolean | undefined,
): void {
  const place = `${plainText(source.document.file)}:${source.document.locate(source.path).line}`;
  if (errorOnExisting === true) {
    throw new GitfedError('USAGE', `${place}: ${plainText(name)} is registered already. Nothing was written.`);
  }
  if (errorOnExisting === false || isSameEndpoint(apiEndpoint, server)) return;
  throw new GitfedError(
    'USAGE',
    `${place}: another cluster is registered as ${plainText(name)}: its endpoint is ${plainText(apiEndpoint)}, and the context ${plainText(context)} leads to ${plainText(server)}. Nothing was written: choose another name and this context with --cluster-context, or change the registration with --error-on-existing=false.`,
  );
}

const SETTINGS = ['apiEndpoint', 'caBundle', 'disabledTLSValidations', 'proxyURL', 'secretRef'] as const;

function specEdits({ object }: KubeFedCluster, spec: JsonObject): readonly SourceEdit[] {
  const before = (object['spec'] ?? {}) as JsonObject;
  return SETTINGS.flatMap((name): SourceEdit[] => {
    const [old, value] = [before[name], spec[name]];
    if (value === undefined) return old === undefined ? [] : [{ type: 'remove', path: ['spec', name] }];
    return old !== undefined && jsonEquals(old, value) ? [] : [{ type: 'set', path: ['spec', name], value }];
  });
}

function accountEdits({ annotations }: KubeFedCluster, account: string): readonly SourceEdit[] {
  if (Object.hasOwn(annotations, ACCOUNT_ANNOTATION) && annotations[ACCOUNT_ANNOTATION] === account) return [];
  return [{ type: 'set', path: ['metadata', 'annotations', ACCOUNT_ANNOTATION], value: account }];
}

/** As client-go reads an endpoint: without a scheme it is https. */
export function isSameEndpoint(a: string, b: string): boolean {
  const parse = (text: string): URL | null =>
    URL.parse(/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text) ? text : `https://${text}`);
  const [one, other] = [parse(a), parse(b)];
  if (one === null || other === null) return a === b;
  const path = ({ pathname }: URL): string => pathname.replace(/\/+$/, '');
  return one.origin === other.origin && path(one) === path(other);
}
