import type { ObjectId } from '../core/index.ts';

/** Paths on the status branch. Injective, and safe where capitals do not count or some characters are not allowed. */
export function clusterStatusPath(cluster: string): string {
  return `clusters/${encode(cluster)}.yaml`;
}

export function objectsStatusPath(cluster: string): string {
  return `objects/${encode(cluster)}.yaml`;
}

export function driftStatusPath(cluster: string): string {
  return `drift/${encode(cluster)}.yaml`;
}

export function observationsStatusPath(cluster: string): string {
  return `${OBSERVATIONS_FOLDER}${encode(cluster)}.yaml`;
}

/** What the planner of replicas reads lies below it, and nothing else. */
export const OBSERVATIONS_FOLDER = 'observations/';

/** `resources/NS/KIND[.GROUP]/NAME.yaml`, of the object in member clusters; `_cluster` where it has no namespace. */
export function resourceStatusPath({ group, kind, namespace, name }: ObjectId): string {
  // The capitals of kinds stay, for people.
  const type = `${kind.replace(/[^A-Za-z0-9]/g, percent)}${group === '' ? '' : `.${encode(group)}`}`;
  return `resources/${namespace === '' ? '_cluster' : encode(namespace)}/${type}/${encode(name)}.yaml`;
}

/** The cluster of a path that {@link clusterStatusPath}, {@link objectsStatusPath} or {@link driftStatusPath} made; `undefined` for others. */
export function clusterOfPath(path: string): string | undefined {
  const encoded = /^(?:clusters|objects|drift)\/([^/]+)\.yaml$/.exec(path)?.[1];
  if (encoded === undefined) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

/** Windows opens a device for these, with whatever extension. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/;

function encode(text: string): string {
  const encoded = text.replace(/[^a-z0-9._-]/gu, percent).replace(/^[._]/, percent);
  return DEVICE.test(encoded) ? encoded.replace(/^./, percent) : encoded;
}

function percent(character: string): string {
  const bytes = new TextEncoder().encode(character);
  return Array.from(bytes, (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}
