/** Writes the files that a `gitfed render --output-dir` wrote once more, from memory: what the file system takes by itself. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

const [source = '', target = ''] = process.argv.slice(2);
const files = readdirSync(source, { recursive: true, encoding: 'utf8', withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => {
    const folder = entry.parentPath.slice(source.length + 1);
    return { folder, name: join(folder, entry.name), content: readFileSync(join(entry.parentPath, entry.name)) };
  });

const start = performance.now();
for (const folder of new Set(files.map(({ folder }) => folder))) mkdirSync(join(target, folder), { recursive: true });
for (const { name, content } of files) writeFileSync(join(target, name), content);
console.log((performance.now() - start).toFixed(0));
