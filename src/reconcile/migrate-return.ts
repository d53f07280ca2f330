import { buildModel, isKeptLive, type Model } from '../api/index.ts';
import { compareText, formatObjectId, formatYaml } from '../core/index.ts';
import { render } from '../render/index.ts';
import { compareRenderings } from '../report/change-set.ts';
import { snapshotOf } from './drafted-snapshot.ts';
import { convertInstallation } from './import-convert.ts';
import { importedConfiguration } from './import-files.ts';
import { readHost } from './import-host.ts';
import type { MigrateOptions } from './migrate.ts';

/**
 * What KubeFed would make otherwise than the repository has it, if it ran again: what was changed in git since it was stopped.
 *
 * Names of objects of the members, sorted. Secrets that the repository has only encrypted are taken for the same.
 *
 * @throws {GitfedError} `CLUSTER`
 */
export async function changedByReturn(
  model: Model,
  { host, namespace, requestTimeoutMs, signal }: MigrateOptions & { readonly namespace: string },
): Promise<readonly string[]> {
  const reading = await readHost({
    source: { kind: 'context', ...host },
    kubefedNamespace: namespace,
    readsCredentials: false,
    ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs }),
    ...(signal === undefined ? {} : { signal }),
  });
  const conversion = convertInstallation(reading.objects, reading.systemNamespace);
  const configuration = importedConfiguration({ inventory: 'kubefed', ...conversion, keepLive: [] });
  const files = conversion.objects.map(({ file, manifest }) => ({ file, text: formatYaml(manifest) }));
  const before = buildModel(snapshotOf([...files, { file: 'gitfed.yaml', text: configuration }]));
  const { objects } = compareRenderings(render(model), render(before), before);
  const { keepLive } = model.configuration;
  return objects
    .filter(
      ({ id, type }) => !isKeptLive(id, keepLive) && !(id.kind === 'Secret' && id.group === '' && type === 'created'),
    )
    .map(({ id, type, clusters }) => `${formatObjectId(id)} (${type} in ${clusters.join(', ')})`)
    .sort(compareText);
}
