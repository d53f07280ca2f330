import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../test/helpers/git-repository.ts';
import { prepareRepository } from './index.ts';

it('keeps one repository in a folder, whoever asks for it, and refuses another one there', async () => {
  const folder = join(temporaryFolder(), 'repository');
  await prepareRepository('https://ann:canary@git.example/a.git', folder);
  await expect(prepareRepository('https://git.example/a.git', folder)).resolves.toMatchObject({ gitDir: folder });
  await expect(prepareRepository('https://ann:canary@git.example/b.git', folder)).rejects.toThrow(
    `${folder} keeps https://git.example/a.git, and the source is https://git.example/b.git.`,
  );
});

it('says that a folder cannot be made, and what to name instead', async () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  await expect(prepareRepository('https://git.example/a.git', join(file, 'x'))).rejects.toThrow(
    /x cannot be made: ENOTDIR.*Name a folder that can be written to: --data-dir\./,
  );
});
