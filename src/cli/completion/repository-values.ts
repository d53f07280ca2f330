import path from 'node:path';
import { BUILTIN_FEDERATED_TYPES, buildModel, type Model, type RepositorySnapshot } from '../../api/index.ts';
import { findRepository, isRepositoryUrl, listRefs, openRepository, readFolder } from '../../git/index.ts';
import type { Io } from '../io.ts';
import type { RepositoryValue } from '../option-values.ts';

/** What the command line says so far of the repository it is about. */
export interface ValueRequest {
  /** Default: the current folder. */
  readonly folder: string | undefined;
  /** Default: the working tree, of a bare repository HEAD. */
  readonly ref: string | undefined;
  /** Only objects of this namespace. */
  readonly namespace: string | undefined;
}

/** Names that stand in a repository on this disk. A URL has none: a shell that completes asks no other machine. */
export async function repositoryValues(
  kind: RepositoryValue,
  request: ValueRequest,
  { cwd, env }: Pick<Io, 'cwd' | 'env'>,
): Promise<readonly string[]> {
  const name = request.folder ?? '.';
  if (isRepositoryUrl(name)) return [];
  const folder = path.resolve(cwd, name.replace(/^~(?=$|\/)/, env['HOME'] ?? '~'));
  if (kind === 'REF') return ['HEAD', ...(await listRefs(await openRepository(folder)))];
  const snapshot = await readSnapshot(folder, request.ref);
  if (kind === 'CLUSTER') return clusterNames(snapshot);
  const { objects, types } = buildModel(snapshot);
  if (kind === 'TYPE') return unique([...types, ...BUILTIN_FEDERATED_TYPES].map(({ name: typeName }) => typeName));
  if (kind === 'NAMESPACE') return unique(objects.map(({ id }) => id.namespace));
  return objectNames(objects, request.namespace);
}

async function readSnapshot(folder: string, ref: string | undefined): Promise<RepositorySnapshot> {
  const isBare = ref === undefined && (await findRepository(folder))?.isBare === true;
  return await readFolder(folder, isBare ? 'HEAD' : ref);
}

/** Parses only files with a cluster in them: the others, nearly all, would take most of the time. */
function clusterNames(snapshot: RepositorySnapshot): readonly string[] {
  const entries = snapshot.entries.filter((entry) => {
    return entry.kind === 'file' && Buffer.from(entry.content).includes('KubeFedCluster');
  });
  return buildModel({ ...snapshot, entries }).clusters.map(({ name }) => name);
}

function objectNames(objects: Model['objects'], namespace: string | undefined): readonly string[] {
  const wanted = objects.filter(({ id }) => namespace === undefined || id.namespace === namespace);
  return unique(wanted.map(({ id }) => `${id.kind}/${id.name}`));
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
