import type { KeepRule, Model } from '../api/index.ts';
import type { Comparison } from '../reconcile/comparison.ts';
import { hasErrors } from './findings.ts';

/** A sentence about what was compared: what is missing, or held back. */
export interface ChangeNote {
  /** What it is about: a commit, a file, a cluster. */
  readonly subject: string;
  /** A fixed phrase of our own that goes on from the subject. */
  readonly text: string;
  /** In the words of others. */
  readonly detail?: string;
}

/** What has to be known about a comparison of two commits. */
export function notesOf({ from, before, after }: Comparison): readonly ChangeNote[] {
  const hold = after.model.holds[0];
  return [
    ...(hasErrors(before.rendering.findings)
      ? [{ subject: from, text: 'has errors: what they held back is missing on that side.' }]
      : []),
    ...(hold === undefined
      ? []
      : [
          {
            subject: `${hold.file}:${hold.line}`,
            text: 'is in error: until it is right, a sync deletes nothing and changes no planned replicas, and no deletion is shown.',
          },
        ]),
    ...keepLiveNotes(before.model, after.model),
  ];
}

const LIFTED: ChangeNote = {
  subject: 'gitfed.yaml',
  text: 'has an entry of keepLive less: a sync applies what it covered, and deletes what of it gitfed applied before and the repository does not have, which is not shown.',
};

type Configured = Pick<Model, 'configuration'>;

/** What has to be known where an entry of `keepLive` is gone. */
export function keepLiveNotes(
  { configuration: { keepLive: before } }: Configured,
  { configuration: { keepLive: after } }: Configured,
): readonly ChangeNote[] {
  const left = new Set(after.map(ruleText));
  return before.every((rule) => left.has(ruleText(rule))) ? [] : [LIFTED];
}

function ruleText({ group, kind, namespace, name }: KeepRule): string {
  return JSON.stringify([group ?? null, kind ?? null, namespace ?? null, name ?? null]);
}
