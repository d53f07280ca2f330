import { expect, it, onTestFinished } from 'vitest';
import { SYSTEM_CLOCK } from './clock.ts';

it('the clock of the system takes what is over already for now, without a warning', async () => {
  const warnings: string[] = [];
  const note = ({ name }: Error): void => void warnings.push(name);
  process.on('warning', note);
  onTestFinished(() => void process.off('warning', note));
  for (const ms of [-5, Number.NEGATIVE_INFINITY]) {
    await new Promise<void>((resolve) => void SYSTEM_CLOCK.schedule(ms, resolve));
  }
  expect(warnings).toEqual([]);
});
