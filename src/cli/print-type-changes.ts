import path from 'node:path';
import type { TypesResult } from '../reconcile/enable-options.ts';
import { plainText } from '../report/plain-text.ts';
import { formatFileChanges } from '../report/types-report.ts';
import { styleFor } from './colour.ts';
import type { Io } from './io.ts';
import { printFindings } from './print-findings.ts';

/** What has become of the files, and on standard error what has to be known about it. */
export async function printTypeChanges(
  result: TypesResult,
  { io, colour }: { readonly io: Io; readonly colour: boolean | undefined },
): Promise<void> {
  await io.stdout.write(formatFileChanges(result, styleFor(io.stdout, colour, io)));
  const notes = result.notes.map((note) => `${plainText(note)}\n`);
  if (notes.length > 0) await io.stderr.write(notes.join(''));
  await printFindings(result.findings, io.stderr, styleFor(io.stderr, colour, io));
  // A folder outside of the repository is told by its absolute path.
  const isInRepository = result.files.every(({ file }) => !path.isAbsolute(file));
  if (result.written && isInRepository) await io.stderr.write('Look at it with git diff, and commit it.\n');
}
