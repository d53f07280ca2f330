import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { gitEnvironment } from './run-git.ts';

const OBJECTS = { GIT_OBJECT_DIRECTORY: '/elsewhere', GIT_ALTERNATE_OBJECT_DIRECTORIES: '/elsewhere/too' };

describe('the environment of a git process', () => {
  function environment(env: Readonly<Record<string, string>>): Record<string, string> {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    onTestFinished(() => void vi.unstubAllEnvs());
    return gitEnvironment();
  }

  it('has no repository of ours', () => {
    const names = Object.keys(
      environment({ GIT_DIR: '/elsewhere', GIT_WORK_TREE: '/', GIT_INDEX_FILE: '/i', ...OBJECTS }),
    );
    expect(names.filter((name) => /^GIT_(?:DIR|WORK_TREE|INDEX|OBJECT|ALTERNATE)/.test(name))).toEqual([]);
  });

  it('has what is pushed and not accepted yet', () => {
    const quarantine = { GIT_QUARANTINE_PATH: '/elsewhere', ...OBJECTS };
    expect(environment(quarantine)).toMatchObject(quarantine);
  });
});
