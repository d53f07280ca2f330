import type { ObjectId } from '../core/index.ts';
import type { RenderedObject } from './types.ts';

/**
 * Where an object lies below an output directory: `CLUSTER/NAMESPACE/KIND[.GROUP]-NAME.yaml`, with `_cluster` for cluster-scoped ones.
 *
 * Percent-encoded, as UTF-8: capitals, everything but letters, digits, `-`, `_` and `.`; the hyphens of a kind or group (the first plain
 * one ends it); a dot or underscore where a directory begins, a dot where it ends; the first letter of what Windows keeps
 * for devices. The capitals of kinds stay. A segment over 200 characters is cut into directories whose names end in a bare `%`.
 * So two objects never have one path, not even where capitals do not count, as long as no two kinds of one group differ in case alone.
 * It is made of the federated object's kind, namespace and name, never of what an override made of them.
 */
export function outputPath(cluster: string, { id }: Pick<RenderedObject, 'id'>): string {
  return `${outputFolder(cluster)}/${pathInCluster(id)}`;
}

/** What the paths of all objects of a cluster begin with, without the slash. */
export function outputFolder(cluster: string): string {
  return fold(encodeDirectory(cluster));
}

/** By the id, which the clusters of an object share. */
const paths = new WeakMap<ObjectId, string>();

/** {@link outputPath} without the folder of the cluster. */
export function pathInCluster(id: ObjectId): string {
  const known = paths.get(id);
  if (known !== undefined) return known;
  const { group, kind, namespace, name } = id;
  const type = group === '' ? encodeKind(kind) : `${encodeKind(kind)}.${encode(group, /[^a-z0-9.]/gu)}`;
  const file = `${encodeDevice(type)}-${encode(name, OTHER)}.yaml`;
  const directory = namespace === '' ? '_cluster' : encodeDirectory(namespace);
  const path = `${fold(directory)}/${fold(file)}`;
  paths.set(id, path);
  return path;
}

/** What is percent-encoded in names. */
const OTHER = /[^a-z0-9._-]/gu;

const SEGMENT_LENGTH = 200;

/** Windows opens a device for these, with whatever extension. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

function encodeKind(kind: string): string {
  return encode(kind, /[^A-Za-z0-9]/gu);
}

function encodeDirectory(name: string): string {
  const edges = encode(name, OTHER).replace(/^[._]/, percent).replace(/\.$/, percent);
  return encodeDevice(edges);
}

function encodeDevice(text: string): string {
  return DEVICE.test(text) ? text.replace(/^./, percent) : text;
}

function encode(text: string, other: RegExp): string {
  return text.replace(other, percent);
}

function percent(character: string): string {
  return Array.from(encoder.encode(character), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(
    '',
  );
}

/** File systems take 255 bytes for a name. */
function fold(segment: string): string {
  const pieces: string[] = [];
  for (let start = 0; start < segment.length; start += SEGMENT_LENGTH) {
    pieces.push(segment.slice(start, start + SEGMENT_LENGTH));
  }
  return pieces.map((piece, index) => (index === 0 ? piece : encodeDevice(piece))).join('%/');
}

const encoder = new TextEncoder();
