/** A ref that a push moves. */
export interface RefUpdate {
  /** In full, where it is pushed to: `refs/heads/main`. */
  readonly ref: string;
  /** Where it was; absent where it is new. */
  readonly before?: string;
  /** Where it is to be; absent where it is deleted. */
  readonly after?: string;
}

/** The lines `OLD NEW REF` that git gives to `pre-receive` and `post-receive`. @see https://git-scm.com/docs/githooks#pre-receive */
export function readReceivedRefs(text: string): readonly RefUpdate[] {
  return fieldsOf(text).map(([before, after, ...ref]) => toUpdate(ref.join(' '), before, after));
}

/** The lines `LOCAL-REF LOCAL-ID REMOTE-REF REMOTE-ID` that git gives to `pre-push`. @see https://git-scm.com/docs/githooks#_pre_push */
export function readPushedRefs(text: string): readonly RefUpdate[] {
  return fieldsOf(text).map((fields) => {
    // What is pushed may be an expression with blanks in it; the last three have none.
    const [after, ref = '', before] = fields.slice(-3);
    return toUpdate(ref, before, after);
  });
}

function fieldsOf(text: string): readonly string[][] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' '));
}

function toUpdate(ref: string, before: string | undefined, after: string | undefined): RefUpdate {
  return { ref, ...(isCommit(before) ? { before } : {}), ...(isCommit(after) ? { after } : {}) };
}

/** Git writes zeros for none. */
function isCommit(id: string | undefined): id is string {
  return id !== undefined && /^[0-9a-f]{40,64}$/.test(id) && !/^0+$/.test(id);
}
