import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TestRepository, temporaryFolder } from '../../test/helpers/git-repository.ts';
import { ManualClock } from '../../test/helpers/manual-clock.ts';
import { encryptSecret } from '../../test/helpers/sops-encrypt.ts';
import { type DaemonOptions, startDaemon } from './daemon.ts';
import type { DaemonEvent } from './events.ts';

/** Nobody listens on port 1. */
const CLUSTER = `apiVersion: core.kubefed.io/v1beta1
kind: KubeFedCluster
metadata: {name: down, namespace: kube-federation-system}
spec: {apiEndpoint: "https://127.0.0.1:1", secretRef: {name: down}}
`;

async function run({ onEvent, ...options }: Partial<DaemonOptions>, files: Readonly<Record<string, string>> = {}) {
  const repository = new TestRepository().write({ 'a.yaml': CLUSTER, ...files });
  repository.commit();
  const clock = new ManualClock();
  const events: DaemonEvent[] = [];
  const control = new AbortController();
  const daemon = await startDaemon({
    source: repository.folder,
    credentialsDir: temporaryFolder(),
    pollIntervalMs: 30_000,
    resyncIntervalMs: 3_600_000,
    allowRewind: false,
    clock,
    random: () => 0.5,
    onEvent: (event) => {
      events.push(event);
      onEvent?.(event);
    },
    signal: control.signal,
    ...options,
  });
  onTestFinished(() => {
    control.abort();
    return daemon.finished.catch(() => undefined);
  });
  return { daemon, repository, clock, events, control };
}

/** But for what was still brought to the status branch. */
function endOf(events: readonly DaemonEvent[]): readonly string[] {
  return events.map(({ type }) => type).filter((type) => type.startsWith('stop'));
}

describe('a defect of ours', () => {
  it.each(['started', 'revisionAccepted', 'passStarted', 'passFinished'] as const)(
    'in whoever listens to %s ends all of it, and is told',
    async (type) => {
      const broken = new TypeError('a listener');
      const onEvent = (event: DaemonEvent): void => {
        if (event.type === type) throw broken;
      };
      const { daemon, clock, events } = await run({ onEvent });
      await expect(daemon.finished).rejects.toBe(broken);
      expect(endOf(events)).toEqual(['stopping', 'stopped']);
      expect(clock.waiting).toBe(0);
    },
  );

  it('in whoever follows the branch ends all of it, and is told', async () => {
    const broken = new RangeError('no number');
    const random = (): number => {
      throw broken;
    };
    const { daemon, clock, events } = await run({ random }, { 'a.yaml': 'a: 1\n' });
    await expect(daemon.finished).rejects.toBe(broken);
    expect(endOf(events)).toEqual(['stopping', 'stopped']);
    expect(clock.waiting).toBe(0);
  });
});

describe('a key file', () => {
  it('that is replaced opens what the one before did not, with the next look', async () => {
    const [before, after] = [await generateIdentity(), await generateIdentity()];
    const secret = await encryptSecret(
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'down', namespace: 'kube-federation-system' },
        stringData: { token: 'canary' },
      },
      await identityToRecipient(after),
    );
    const ageKeyFile = path.join(temporaryFolder(), 'keys');
    writeFileSync(ageKeyFile, `${before}\n`);
    const { events, clock } = await run({ ageKeyFile }, { 'secret.yaml': secret });
    const findings = (): readonly (readonly string[])[] =>
      events.flatMap((event) => (event.type === 'revisionAccepted' ? [event.findings.map(({ code }) => code)] : []));
    await expect.poll(findings, { timeout: 20_000 }).toEqual([['EncryptedObject']]);
    writeFileSync(`${ageKeyFile}.new`, `${after}\n`);
    renameSync(`${ageKeyFile}.new`, ageKeyFile);
    const look = (): readonly (readonly string[])[] => {
      clock.advance(30_000);
      return findings();
    };
    await expect.poll(look, { timeout: 20_000 }).toEqual([['EncryptedObject'], []]);
  });
});
