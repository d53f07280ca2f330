/**
 * `npm run build:action [FOLDER]`: the bundle that `action.yml` runs, into `dist/action`, which is committed since GitHub runs an action
 * from its repository as it is.
 */
import { join, resolve } from 'node:path';
import process from 'node:process';
import { bundle } from './bundle.ts';

const [folder = join(import.meta.dirname, '../dist/action')] = process.argv.slice(2);
await bundle({ entry: { index: 'src/action/main.ts' }, target: resolve(folder), chunkNames: '[name].js' });
