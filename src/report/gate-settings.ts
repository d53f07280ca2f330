import type { Configuration, CountAndPercent, GateSettings } from '../api/index.ts';

/** A gate that a change sets otherwise. */
export interface GateSettingChange {
  /** As `gates.maxClusters`. */
  readonly setting: string;
  /** Absent: not set. */
  readonly before?: string;
  readonly after?: string;
  /** It lets something through that it did not. */
  readonly isLooser: boolean;
}

/** The gates that are not the same on both sides. */
export function compareGateSettings(
  { prune: oldPrune, gates: old }: Configuration,
  { prune: freshPrune, gates: fresh }: Configuration,
): readonly GateSettingChange[] {
  return [
    ...limitChange('prune.maxDeletions', oldPrune.maxDeletions, freshPrune.maxDeletions),
    ...limitChange('gates.maxClusters', asLimit(old.maxClusters), asLimit(fresh.maxClusters)),
    ...limitChange('gates.maxReplicasLost', old.maxReplicasLost, fresh.maxReplicasLost),
    ...fromChange(old, fresh),
    ...(['kinds', 'namespaces', 'clusters'] as const).flatMap((list) => {
      return listChange(`gates.protected.${list}`, old.protected[list], fresh.protected[list]);
    }),
  ];
}

type Limit = Pick<CountAndPercent, 'count'> & Partial<CountAndPercent>;

function asLimit(count: number | undefined): Limit | undefined {
  return count === undefined ? undefined : { count };
}

function limitChange(setting: string, old: Limit | undefined, fresh: Limit | undefined): readonly GateSettingChange[] {
  const [before, after] = [old, fresh].map((limit) => (limit === undefined ? undefined : limitText(limit)));
  if (before === after) return [];
  const isLooser =
    old !== undefined && (fresh === undefined || fresh.count > old.count || (fresh.percent ?? 0) > (old.percent ?? 0));
  return [settingChange(setting, { before, after, isLooser })];
}

function limitText({ count, percent }: Limit): string {
  return percent === undefined ? `${count}` : `${count} and ${percent} %`;
}

function fromChange(
  { protected: old }: GateSettings,
  { protected: fresh }: GateSettings,
): readonly GateSettingChange[] {
  // Where nothing is protected on one side, the lists say all there is to say.
  const isUsed = [old, fresh].every(
    ({ kinds, namespaces, clusters }) => kinds.length + namespaces.length + clusters.length > 0,
  );
  if (!isUsed || old.from === fresh.from) return [];
  const isLooser = fresh.from === 'Deletions';
  return [settingChange('gates.protected.from', { before: old.from, after: fresh.from, isLooser })];
}

function listChange(setting: string, old: readonly string[], fresh: readonly string[]): readonly GateSettingChange[] {
  const lost = old.filter((name) => !fresh.includes(name));
  const isSame = lost.length === 0 && fresh.every((name) => old.includes(name));
  if (isSame) return [];
  const [before, after] = [old, fresh].map((names) => (names.length === 0 ? undefined : names.join(', ')));
  return [settingChange(setting, { before, after, isLooser: lost.length > 0 })];
}

function settingChange(
  setting: string,
  {
    before,
    after,
    isLooser,
  }: { readonly before: string | undefined; readonly after: string | undefined; readonly isLooser: boolean },
): GateSettingChange {
  return {
    setting,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    isLooser,
  };
}
