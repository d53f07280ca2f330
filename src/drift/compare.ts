import {
  compareText,
  formatFieldPath,
  isJsonObject,
  isSecret,
  type JsonObject,
  MASK,
  type ObjectId,
} from '../core/index.ts';
import { addedDrift } from './added-drift.ts';
import { compareEntries } from './compare-desired.ts';
import { type ComparisonContext, type FieldDrift, type LiveComparison, shownDepth } from './field-drift.ts';
import { knownFields } from './field-owners.ts';

export type { FieldDrift, LiveComparison };

/**
 * Where a live object is not what its manifest says, in the order of the paths. Pure.
 *
 * What the manifest does not say is drift only if it is in `added`. Items of lists are matched as the managed fields name them: by
 * their keys, by their values, or not at all; a removed container is one missing field. Values that a server only writes in another way
 * are the same. A field that nobody owns is never taken, and without `isApplied` none is: it may never have been ours.
 *
 * Values of a Secret are masked, also of a malformed one, and of its own fields only the keys of `data` are named.
 *
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
export function findDrift(input: LiveComparison): readonly FieldDrift[] {
  const { manifest, live, managedFields, ownFields, isApplied } = input;
  const isHidden = [manifest, live].some((object) => isSecret(kindOf(object), object));
  const context: ComparisonContext = { managedFields, isApplied, kind: String(manifest.kind), isHidden };
  const known = knownFields(managedFields, manifest.apiVersion, ownFields ?? {});
  const root = { path: [], names: [], own: ownFields, known };
  const found = [...compareEntries(context, root, comparable(manifest, isHidden), live), ...addedDrift(input)];
  return sortByPath(isHidden ? maskAll(found) : found);
}

function kindOf({ apiVersion, kind }: JsonObject): ObjectId {
  const [group = '', version] = String(apiVersion).split('/');
  return { group: version === undefined ? '' : group, kind: String(kind), namespace: '', name: '' };
}

/** Without what makes it this object, and without `stringData`, which no server keeps. */
function comparable(manifest: JsonObject, isHidden: boolean): JsonObject {
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...fields } = manifest;
  const { name: _name, namespace: _namespace, ...own } = isJsonObject(metadata) ? metadata : {};
  const { stringData: _stringData, ...kept } = fields;
  return { ...(isHidden ? kept : fields), metadata: own };
}

function maskAll(found: readonly FieldDrift[]): readonly FieldDrift[] {
  const masked = found.map((drift): readonly [string, FieldDrift] => {
    const path = drift.path.slice(0, shownDepth(drift.path));
    const values = {
      ...(drift.desired === undefined ? {} : { desired: MASK }),
      ...(drift.live === undefined ? {} : { live: MASK }),
    };
    return [`${drift.type} ${formatFieldPath(path)}`, { ...drift, path, ...values }];
  });
  return [...new Map(masked).values()];
}

function sortByPath(found: readonly FieldDrift[]): readonly FieldDrift[] {
  const texts = found.map((drift) => ({ drift, text: `${formatFieldPath(drift.path)} ${drift.type}` }));
  return texts.toSorted((a, b) => compareText(a.text, b.text)).map(({ drift }) => drift);
}
