import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { CONTRACT, readAnswers, recorded } from './contract.ts';
import { ContractClient } from './contract-client.ts';

const README = readFileSync(resolve(import.meta.dirname, '../../src/sandbox/README.md'), 'utf8');
const answers = readAnswers();

describe('the sandbox answers as API servers do', () => {
  let sandbox: Sandbox;

  beforeAll(async () => {
    sandbox = await startSandbox({ name: 'contract' });
  });

  afterAll(async () => {
    await sandbox.stop();
  });

  it.each(CONTRACT.map((one, index) => [one.title, one, index] as const))(
    '%s',
    async (title, { ask, differs }, index) => {
      const namespace = `case-${index}`;
      sandbox.request({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: namespace } } });
      await sandbox.settled();
      const answer = recorded(await ask(new ContractClient(sandbox, namespace)));
      expect(answers).toHaveProperty([title]);
      const real = answers[title];
      if (differs === undefined) {
        expect(answer).toEqual(real);
        return;
      }
      expect(answer).toEqual(recorded(differs.answer(structuredClone(real))));
      expect(answer, 'it differs no more').not.toEqual(real);
      expect(README, 'what differs stands in the README').toContain(differs.because);
    },
  );

  it('names every case once', () => {
    expect(new Set(CONTRACT.map(({ title }) => title)).size).toBe(CONTRACT.length);
    expect(Object.keys(answers).toSorted()).toEqual(CONTRACT.map(({ title }) => title).toSorted());
  });
});
