import { realpathSync } from 'node:fs';
import path from 'node:path';

/** Of what is there of a path, and the rest as it is said: links on the way do not lead elsewhere. */
export function realPath(name: string): string {
  try {
    return realpathSync(name);
  } catch {
    const parent = path.dirname(name);
    return parent === name ? name : path.join(realPath(parent), path.basename(name));
  }
}

/** Whether a path is a folder, or leads into it. */
export function isInside(folder: string, name: string): boolean {
  const relative = path.relative(realPath(folder), realPath(name));
  return relative === '' || !(relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative));
}
