import { buildModel } from '../api/index.ts';
import { compareText, formatYaml, type JsonObject, stringifyJson } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { importReportMarkdown, importReportToJson } from '../report/federation-v1-report.ts';
import { configurationHead } from './configuration-head.ts';
import { snapshotOf } from './drafted-snapshot.ts';
import type { SecretsPolicy } from './federate-options.ts';
import { SYSTEM_NAMESPACE } from './federation-v1-clusters.ts';
import { convertFederation, secretsToFederate } from './federation-v1-convert.ts';
import { placeCredentials } from './federation-v1-credential-files.ts';
import { nameOfObject } from './federation-v1-fields.ts';
import { isV1Cluster } from './federation-v1-kinds.ts';
import { rangesIn, readFederationServer, readMembers } from './federation-v1-live.ts';
import { toV1Objects } from './federation-v1-objects.ts';
import type { FederationImportOptions, FederationImportResult, ImportReport } from './federation-v1-options.ts';
import { type DraftFile, proveFiles } from './federation-v1-prove.ts';
import type { Conversion, ConversionInput, Loss, MemberAutoscalers, V1File, V1Object } from './federation-v1-types.ts';
import { readDump } from './import-dump.ts';
import { secretsPolicy } from './import-secrets.ts';
import { refuseFullFolder, refuseReadableCredentials, writeImport } from './import-target.ts';

/**
 * Makes a repository of an installation of Federation v1, and writes it into an empty folder, with a report of what is not the same. Nothing of
 * the installation or its members is written to.
 *
 * @throws {GitfedError} `USAGE` or `CLUSTER`; nothing is written then.
 */
export async function importFederationV1(options: FederationImportOptions): Promise<FederationImportResult> {
  const { outputDir, credentialsDir } = options;
  refuseFullFolder(outputDir, 'Name a new folder.');
  if (credentialsDir !== undefined) refuseReadableCredentials(credentialsDir, outputDir);
  const { objects, members } = await read(options);
  refuseNoCluster(objects, options);
  const secrets = await secretsPolicy(secretsToFederate(objects).map(nameOfObject), options.secrets);
  const input: ConversionInput = {
    objects,
    members,
    omitSecrets: secrets === 'omit',
    keepOrphanDefault: options.keepOrphanDefault,
    federationName: options.federationName,
    dnsZone: options.dnsZone,
  };
  const conversion = convertFederation({ ...input, members: await withLiveMembers(input, options) });
  const credentials = await placeCredentials(conversion.credentials, { credentialsDir, secrets });
  const drafts = await Promise.all(conversion.files.map((file) => draftOf(file, secrets)));
  const proven = proveFiles([...settingsFiles(options.inventory), ...drafts, ...credentials.encrypted]);
  const losses = [...proven.losses, ...credentials.losses, ...strangers(conversion, members), ...conversion.losses];
  const report = reportOf(conversion, proven.files, {
    losses: losses.toSorted((a, b) => compareText(a.object, b.object)),
    findings: proven.findings,
    ok: proven.losses.length === 0,
  });
  const files = [...proven.files, ...reportFiles(report)];
  await writeImport({ outputDir, files, credentialsDir, credentials: credentials.outside });
  return {
    outputDir,
    files: files.map(({ file }) => file).toSorted(compareText),
    credentialFiles: credentials.outside.map(({ file }) => file).toSorted(compareText),
    report,
  };
}

interface ReadFederation {
  readonly objects: readonly V1Object[];
  readonly members: ReadonlyMap<string, MemberAutoscalers>;
}

async function read({ source, ...settings }: FederationImportOptions): Promise<ReadFederation> {
  if (source.kind === 'host') {
    return { objects: toV1Objects(await readFederationServer(source.cluster, settings)), members: new Map() };
  }
  const dump = await readDump(source.folder);
  const members = [...dump.members].map(([name, objects]): [string, MemberAutoscalers] => {
    const autoscalers = objects.filter(({ kind }) => kind === 'HorizontalPodAutoscaler');
    return [name, { ok: true, ranges: rangesIn(autoscalers) }];
  });
  return { objects: toV1Objects(dump.host), members: new Map(members) };
}

function refuseNoCluster(objects: readonly V1Object[], { source }: FederationImportOptions): void {
  if (objects.some(isV1Cluster)) return;
  throw new GitfedError(
    'USAGE',
    source.kind === 'dump'
      ? `The dump ${source.folder} has no Cluster of the group federation: there is nothing to federate to. Add them: kubectl --context FEDERATION get clusters -o yaml > ${source.folder}/clusters.yaml. Nothing was written.`
      : 'Federation v1 has no Clusters: there is nothing to federate to. Nothing was written.',
  );
}

/** Members that the dump does not have are asked, where there is a kubeconfig and something to ask for. */
async function withLiveMembers(
  input: ConversionInput,
  options: FederationImportOptions,
): Promise<ConversionInput['members']> {
  const hasAutoscalers = input.objects.some(({ kind }) => kind === 'HorizontalPodAutoscaler');
  if (!hasAutoscalers || options.memberKubeconfigs.length === 0) return input.members;
  const { files } = convertFederation({ ...input, objects: input.objects.filter(isV1Cluster) });
  const model = buildModel(snapshotOf(files.map(({ file, manifests }) => ({ file, text: textOf(manifests) }))));
  const unknown = model.clusters.filter(({ name }) => !input.members.has(name));
  return new Map([...input.members, ...(await readMembers(unknown, options.memberKubeconfigs, options))]);
}

async function draftOf(
  { file, manifests, object, isSecret }: V1File,
  policy: SecretsPolicy | undefined,
): Promise<DraftFile> {
  if (!isSecret || typeof policy !== 'object') return { file, text: textOf(manifests), object };
  const { encryptForAge } = await import('../cluster/sops-encrypt.ts');
  const sealed = await Promise.all(manifests.map((manifest) => encryptForAge(manifest, policy.ageRecipients)));
  return { file, text: textOf(sealed), object };
}

function textOf(manifests: readonly JsonObject[]): string {
  return manifests.map((manifest) => formatYaml(manifest)).join('---\n');
}

function settingsFiles(inventory: string): readonly DraftFile[] {
  const kubeFedConfig = {
    apiVersion: 'core.kubefed.io/v1beta1',
    kind: 'KubeFedConfig',
    metadata: { name: 'kubefed', namespace: SYSTEM_NAMESPACE },
    spec: { scope: 'Cluster', syncController: { adoptResources: 'Enabled' } },
  };
  return [
    {
      file: 'gitfed.yaml',
      text: configurationHead(inventory),
    },
    {
      file: 'kubefed-config.yaml',
      text: `# Federation v1 took over whatever had the name of one of its objects. adoptResources keeps it so: without it the objects that it
# made in the members are AlreadyExists.
${formatYaml(kubeFedConfig)}`,
    },
    { file: '.gitfedignore', text: '# What the import tells programs; it is no object.\n/IMPORT-REPORT.json\n' },
  ];
}

/** Dumps of members that there are not: a name that is misspelt. */
function strangers({ clusters }: Conversion, members: ConversionInput['members']): readonly Loss[] {
  const names = new Set(clusters.map(({ name }) => name));
  return [...members.keys()]
    .filter((name) => !names.has(name))
    .map((name) => ({
      object: 'federation',
      field: `members/${name}`,
      reason: `The dump has a member "${name}", and there is no Cluster of that name.`,
      action: 'Name the folder as the Cluster is named.',
    }));
}

function reportOf(
  { clusters, files }: Conversion,
  written: readonly DraftFile[],
  rest: Pick<ImportReport, 'losses' | 'findings' | 'ok'>,
): ImportReport {
  const names = new Set(written.map(({ file }) => file));
  const objects = new Map<string, number>();
  for (const { manifests } of files.filter(({ file }) => names.has(file))) {
    const kind = manifests.map((manifest) => String(manifest['kind'])).find((one) => one.startsWith('Federated'));
    if (kind !== undefined) objects.set(kind, (objects.get(kind) ?? 0) + 1);
  }
  const sorted = [...objects].toSorted(([a], [b]) => compareText(a, b));
  return { clusters: clusters.map(({ name }) => name), objects: new Map(sorted), ...rest };
}

function reportFiles(report: ImportReport): readonly DraftFile[] {
  return [
    { file: 'IMPORT-REPORT.json', text: `${stringifyJson(importReportToJson(report), 2)}\n` },
    { file: 'IMPORT-REPORT.md', text: importReportMarkdown(report) },
  ];
}
