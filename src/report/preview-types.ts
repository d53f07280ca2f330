import type { Model } from '../api/index.ts';
import type { Finding, JsonObject } from '../core/index.ts';
import type { FleetStatus } from '../reconcile/fleet-status.ts';
import type { ChangeNote } from './change-note.ts';
import type { ChangeSet } from './change-set.ts';
import type { GateReport } from './gates.ts';
import type { WhatIfView } from './what-if-json.ts';

/** One side of a comparison. */
export interface PreviewSide {
  /** As `main (9b1f3c0d2a44)`, or `the working tree`. */
  readonly name: string;
  /** The first line of its commit message. */
  readonly subject?: string;
}

/** Everything that the report of a change is made from. */
export interface PreviewInput {
  readonly from: PreviewSide;
  readonly to: PreviewSide;
  readonly changes: ChangeSet;
  /** The older side is what the members have, and no commit. */
  readonly isLive?: boolean;
  /** Of the older side: what was there before is told from what is new. */
  readonly baseFindings: readonly Finding[];
  readonly headFindings: readonly Finding[];
  readonly notes?: readonly ChangeNote[];
  readonly gates?: GateReport;
  /** A line for each object, and no fields. */
  readonly stat?: boolean;
  readonly whatIf?: WhatIfView;
  /** What the status branch recorded. It is no part of the change, and stands in a section of its own. */
  readonly drift?: FleetStatus;
  /** The newer side, for the places of annotations. */
  readonly model?: Pick<Model, 'objects' | 'preferences'>;
  /** From the start of reading to the end of comparing. */
  readonly milliseconds?: number;
  /** Where the complete report is, in plain words: `in the artifact gitfed-preview of this run`. Default: what prints it. */
  readonly completeReport?: string;
  /** A link to it. Never from the repository. */
  readonly completeReportUrl?: string;
}

/** A note at a line of the source, for a reviewer. */
export interface PreviewAnnotation {
  readonly level: 'error' | 'warning' | 'notice';
  /** `''` where it is about no file. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly title: string;
  readonly message: string;
}

export interface CommentLimits {
  /** Characters of one comment, as JavaScript counts them: never fewer than GitHub does. Default 65,000; GitHub takes 65,536. */
  readonly characters?: number;
  /** Default 5. */
  readonly parts?: number;
}

/** The report of a change in the forms that it is needed in; each is made when it is asked for. */
export interface Preview {
  /** The bodies of one or more comments, the most important first. Ends with what was left out, and where the complete report is. */
  readonly comment: (limits?: CommentLimits) => readonly string[];
  /** One Markdown text of at most so many bytes. Default: 1 MiB, as GitHub takes it for the summary of a step. */
  readonly summary: (bytes?: number) => string;
  /** The complete report. */
  readonly markdown: () => string;
  /** The complete report as `gitfed diff -o json` prints it. */
  readonly json: () => JsonObject;
  /** The most severe first; at most so many of each level, of which the last says how many more there are. Default 10. */
  readonly annotations: (mostOfALevel?: number) => readonly PreviewAnnotation[];
}
