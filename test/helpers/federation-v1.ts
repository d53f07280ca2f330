import { buildModel } from '../../src/api/index.ts';
import type { JsonObject } from '../../src/core/index.ts';
import { formatYaml } from '../../src/core/index.ts';
import { snapshotOf } from '../../src/reconcile/drafted-snapshot.ts';
import { convertFederation } from '../../src/reconcile/federation-v1-convert.ts';
import { toV1Objects } from '../../src/reconcile/federation-v1-objects.ts';
import { proveFiles } from '../../src/reconcile/federation-v1-prove.ts';
import type { Conversion, ConversionInput, Loss } from '../../src/reconcile/federation-v1-types.ts';
import { type Observations, type Rendering, render } from '../../src/render/index.ts';

export interface V1Options {
  readonly name?: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  /** What is beside the metadata. */
  readonly content?: JsonObject;
}

/** An object as Federation v1's API server has it. */
export function v1(apiVersion: string, kind: string, options: V1Options = {}): JsonObject {
  const { name = 'web', namespace = kind === 'Namespace' || kind === 'Cluster' ? '' : 'shop', content = {} } = options;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      uid: `uid-of-${kind}-${name}`,
      ...(namespace === '' ? {} : { namespace }),
      ...(options.labels === undefined ? {} : { labels: options.labels }),
      ...(options.annotations === undefined ? {} : { annotations: options.annotations }),
      ...(options.finalizers === undefined ? {} : { finalizers: [...options.finalizers] }),
    },
    ...content,
  };
}

/** A Cluster with one address. */
export function v1Cluster(name: string, { content = {}, ...options }: V1Options = {}): JsonObject {
  const spec = {
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: `https://${name}.example` }],
    secretRef: { name: `${name}-secret` },
  };
  return v1('federation/v1beta1', 'Cluster', { ...options, name, content: { spec, ...content } });
}

const POD = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } };

/** A Deployment, ReplicaSet or DaemonSet. */
export function v1Workload(kind: string, replicas: number | undefined, options: V1Options = {}): JsonObject {
  const { content = {} } = options;
  const spec = {
    ...(replicas === undefined ? {} : { replicas }),
    selector: { matchLabels: { app: 'web' } },
    template: POD,
    ...((content['spec'] as JsonObject | undefined) ?? {}),
  };
  return v1('extensions/v1beta1', kind, { ...options, content: { ...content, spec } });
}

/** Converts objects. Namespaces `shop` and `ns` need not be among them. */
export function convert(objects: readonly JsonObject[], options: Partial<ConversionInput> = {}): Conversion {
  const read = objects.map((object, index) => ({ object, where: `dump.yaml:${index + 1}` }));
  return convertFederation({
    members: new Map(),
    keepOrphanDefault: false,
    omitSecrets: false,
    ...options,
    objects: toV1Objects(read),
  });
}

/** The documents of a kind, in the order of their files. */
export function manifestsOf({ files }: Conversion, kind: string): readonly JsonObject[] {
  return files.flatMap(({ manifests }) => manifests).filter((manifest) => manifest['kind'] === kind);
}

/** The only document of a kind. */
export function manifestOf(conversion: Conversion, kind: string): JsonObject {
  const [first, ...others] = manifestsOf(conversion, kind);
  if (first === undefined || others.length > 0) throw new Error(`there are ${others.length + (first ? 1 : 0)} ${kind}`);
  return first;
}

/** The `spec` of the only document of a kind. */
export function specOf(conversion: Conversion, kind: string): JsonObject {
  return manifestOf(conversion, kind)['spec'] as JsonObject;
}

/** What was lost of an object, by field. */
export function lossesOf({ losses }: Pick<Conversion, 'losses'>, object: string): readonly Loss[] {
  return losses.filter((loss) => loss.object === object);
}

/** What the result renders to, as it would be read from the repository. */
export function rendered({ files }: Conversion, observations?: Observations): Rendering {
  const drafts = files.map(({ file, manifests, object }) => {
    return { file, object, text: manifests.map((manifest) => formatYaml(manifest)).join('---\n') };
  });
  const proven = proveFiles(drafts);
  if (proven.losses.length > 0) throw new Error(JSON.stringify(proven.losses));
  return render(buildModel(snapshotOf(proven.files)), observations);
}
