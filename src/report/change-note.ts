/** A sentence about what was compared: what is missing, or held back. */
export interface ChangeNote {
  /** What it is about: a commit, a file, a cluster. */
  readonly subject: string;
  /** A fixed phrase of our own that goes on from the subject. */
  readonly text: string;
  /** In the words of others. */
  readonly detail?: string;
}
