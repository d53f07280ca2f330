import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ControlPlane, describe, startControlPlane } from '../controlplane/fixtures.ts';
import { ANSWERS_FILE, CONTRACT, readAnswers, recorded } from '../sandbox/contract.ts';
import { ContractClient } from '../sandbox/contract-client.ts';

const isRecording = process.env.RECORD_CONTRACT !== undefined;

describe('API servers answer as the sandbox has to', () => {
  let controlPlane: ControlPlane<1>;
  const answers: Record<string, unknown> = {};

  beforeAll(async () => {
    controlPlane = await startControlPlane({ clusters: 1, controllerManager: true });
  });

  afterAll(async () => {
    await controlPlane?.stop();
    if (isRecording) writeFileSync(ANSWERS_FILE, `${JSON.stringify(answers, undefined, 1)}\n`);
  });

  it.each(CONTRACT.map((one, index) => [one.title, one, index] as const))('%s', async (title, { ask }, index) => {
    const [cluster] = controlPlane.clusters;
    const namespace = `case-${index}`;
    await cluster.request('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
    const ca = Buffer.from(cluster.caBundle, 'base64').toString();
    const server = new ContractClient({ url: cluster.url, token: cluster.adminToken, ca }, namespace);
    // Furnished, as the namespaces of a cluster that runs for some time are.
    await server.until(`${server.core}/configmaps`, ({ body }) => body.items.length > 0);
    const answer = recorded(await ask(server));
    answers[title] = answer;
    if (!isRecording) expect(answer).toEqual(readAnswers()[title]);
  });
});
