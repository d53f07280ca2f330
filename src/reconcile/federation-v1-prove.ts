import { buildModel, configurationSchema } from '../api/index.ts';
import type { Finding } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { render } from '../render/index.ts';
import { snapshotOf } from './drafted-snapshot.ts';
import type { Loss } from './federation-v1-types.ts';

/** `limits.fileBytes` of a repository that says nothing else. */
const LARGEST_FILE = configurationSchema.properties.limits.properties.fileBytes.default;

/** A file as it is to be written. */
export interface DraftFile {
  readonly file: string;
  readonly text: string;
  /** What it was made of; absent for what stands for no object of Federation v1. */
  readonly object?: string;
}

export interface ProvenFiles {
  readonly files: readonly DraftFile[];
  /** For what was left out since it is in error. */
  readonly losses: readonly Loss[];
  /** Warnings of what is left. */
  readonly findings: readonly Finding[];
}

/**
 * Reads and renders the repository as it would be, and leaves out what is in error until nothing is.
 *
 * @throws {GitfedError} `INTERNAL` for an error that no object is behind.
 */
export function proveFiles(drafts: readonly DraftFile[]): ProvenFiles {
  const losses: Loss[] = [];
  let files = drafts.filter((draft) => {
    if (Buffer.byteLength(draft.text) <= LARGEST_FILE || draft.object === undefined) return true;
    losses.push(tooLarge(draft.object));
    return false;
  });
  for (;;) {
    const findings = findingsOf(files);
    const errors = findings.filter(({ severity }) => severity === 'error');
    if (errors.length === 0) return { files, losses, findings };
    const byFile = new Map(errors.map((finding) => [finding.file, finding]));
    const broken = files.flatMap(({ file, object }) => {
      const finding = byFile.get(file);
      return finding === undefined || object === undefined ? [] : [{ file, object, finding }];
    });
    if (broken.length === 0) {
      throw new GitfedError('INTERNAL', `The import made what is not valid: ${errors[0]?.message ?? ''}`);
    }
    for (const { object, finding } of broken) losses.push(lossOf(object, finding));
    const names = new Set(broken.map(({ file }) => file));
    files = files.filter(({ file }) => !names.has(file));
  }
}

function findingsOf(files: readonly DraftFile[]): readonly Finding[] {
  return render(buildModel(snapshotOf(files))).findings;
}

function tooLarge(object: string): Loss {
  return {
    object,
    field: 'FileTooLarge',
    reason: `Its file would have more than ${LARGEST_FILE} bytes, which is not read, and is left out.`,
    action: 'Split it, or raise limits.fileBytes in gitfed.yaml and federate it with gitfed federate.',
  };
}

function lossOf(object: string, { code, message }: Finding): Loss {
  return {
    object,
    field: code,
    reason: `What it would become is not valid, and is left out. ${message}`,
    action: 'Mend it in Federation v1 or in the dump, and import again; or write it by hand.',
  };
}
