import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { expect } from 'vitest';
import { describe, startControlPlane, test } from '../controlplane/fixtures.ts';
import { prepareStage, runBlocks } from '../docs/run-page.ts';
import { temporaryFolder } from './fleet.ts';
import { fleetKubeconfig, restoreInstallation, startController } from './kubefed-live.ts';

describe('docs/coming-from-kubefed.md', () => {
  test('is followed word for word, from a live KubeFed on real clusters', { timeout: 240_000 }, async ({
    onTestFinished,
  }) => {
    const controlPlane = await startControlPlane({ controllerManager: true, clusters: 4 });
    onTestFinished(() => controlPlane.stop());
    const installation = await restoreInstallation(controlPlane.clusters);
    await startController(installation.host);
    const { status } = await installation.members.m1.request('POST', '/api/v1/namespaces/shop/configmaps', {
      metadata: { name: 'notes' },
      data: { written: 'by hand' },
    });
    expect(status).toBe(201);
    const root = temporaryFolder();
    const stage = await prepareStage(root, undefined);
    const identity = await generateX25519Identity();
    writeFileSync(path.join(root, 'age-key'), identity);
    writeFileSync(path.join(root, 'age-recipient'), await identityToRecipient(identity));
    const KUBECONFIG = fleetKubeconfig(installation, root);
    await runBlocks('docs/coming-from-kubefed.md', { ...stage, environment: { ...stage.environment, KUBECONFIG } });
  });
});
