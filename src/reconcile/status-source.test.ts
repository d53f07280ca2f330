import { describe, expect, it } from 'vitest';
import { clusterOf, federatedOf, modelWith } from '../../test/helpers/render-input.ts';
import { statusSetup, writerOn } from '../../test/helpers/status-writers.ts';
import type { ClusterResult, ObjectResult } from '../apply/types.ts';
import { render } from '../render/index.ts';
import { statusSource } from './status-source.ts';

const web = federatedOf();
const model = modelWith({ clusters: [clusterOf('a')], objects: [web] });
const DRIFT: ObjectResult['drift'] = [
  { type: 'changed', path: ['spec', 'replicas'], desired: 3, live: 5, manager: 'kubectl-edit' },
] as unknown as ObjectResult['drift'];

function pass(parts: Partial<ObjectResult>): ClusterResult {
  const object: ObjectResult = {
    id: web.target,
    federated: 'FederatedDeployment/shop/web',
    action: 'unchanged',
    status: '',
    ...parts,
  };
  return { cluster: 'a', state: 'Synced', kubernetesVersion: 'v1.36.3', objects: [object] };
}

const created = pass({ action: 'created' });
const corrected = pass({ action: 'configured', ...(DRIFT === undefined ? {} : { drift: DRIFT }) });
const changed = pass({ action: 'configured' });
const unchanged = pass({});

/** The states of drift that the branch tells after these passes, which all came before one commit. */
async function driftAfter(
  first: readonly ClusterResult[],
  passes: readonly ClusterResult[],
): Promise<readonly string[]> {
  const { commit, branch } = await statusSetup();
  const { writer } = writerOn(branch);
  const pass = {
    model,
    rendering: render(model),
    commit,
    subject: 'first',
    identity: { name: 'shop', namespace: 'x' },
  };
  const source = statusSource(pass as unknown as Parameters<typeof statusSource>[0]);
  for (const result of first) writer.submit({ source, results: [result] });
  await writer.flush();
  for (const result of passes) writer.submit({ source, results: [result] });
  await writer.flush();
  const text = (await writer.read()).files.get('drift/a.yaml') ?? '';
  return [...text.matchAll(/state: (\w+)/g)].map((found) => found[1] ?? '');
}

describe('passes between two commits of the status branch', () => {
  it.each<readonly [string, readonly ClusterResult[], readonly ClusterResult[], readonly string[]]>([
    [
      'tell of drift that was put back, though the next one found nothing to do',
      [created],
      [corrected, unchanged],
      ['corrected'],
    ],
    ['tell of it once', [created], [corrected, unchanged, unchanged], ['corrected']],
    [
      'end it with another content, though the next one found nothing to do',
      [created, corrected],
      [changed, unchanged],
      [],
    ],
    ['end what began among them', [created], [corrected, changed, unchanged], []],
  ])('%s', async (_title, first, passes, states) => {
    expect(await driftAfter(first, passes)).toEqual(states);
  });
});
