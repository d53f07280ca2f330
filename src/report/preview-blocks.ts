/** A piece of a report that is never split: in full, cut to what a comment holds of it, and in a line where there is no room. */
export interface PreviewBlock {
  readonly full: readonly string[];
  /** Nothing of it is cut. */
  readonly complete: () => readonly string[];
  readonly brief: readonly string[];
  /** How many objects it stands for; 0 for what is about none. */
  readonly objects: number;
  /** How many of them are deleted somewhere. */
  readonly deletions: number;
  /** Whether `full` has more to say than `brief`. */
  readonly hasFields: boolean;
  /** What it is called where it is left out, and stands for no objects. */
  readonly name?: string;
}

/** A section of its own, which is there in full or not at all. */
export function sectionBlock(name: string, full: readonly string[], complete = full): PreviewBlock {
  return { full, complete: () => complete, brief: [], objects: 0, deletions: 0, hasFields: false, name };
}
