/** A class of attacks and accidents that reaches the part of gitfed which writes to clusters, and the tests that hold gitfed to its answer. */
export interface SecurityRow {
  /** Begins the title of each of its tests: `row 9: …`. */
  readonly row: number;
  readonly sentence: string;
  /** Titles as they stand in the source of `security.test.ts` and `canary.test.ts`, in the order of the files. */
  readonly tests: readonly string[];
}

export const SECURITY_ROWS: readonly SecurityRow[] = [
  {
    row: 9,
    sentence:
      'A credential goes to the origin that it is for: not where a redirect leads, not where a repository or its proxy leads when an authority came with it.',
    tests: [
      'row 9: a redirect to another host never gets the token, over %s',
      'row 9: %s that the repository names does not get a token that came with an authority',
      'row 9: a proxy that the repository names sees no token, and cannot pass for the API server',
      'row 9: a proxy that the repository names sees no token on the way to this machine either',
      'row 9: credentials of a kubeconfig go to the server beside them, whatever the repository says',
      'row 9: a name of a Secret leads nowhere but below the credentials directory',
      'row 9: git sends the password of a URL to no other server that the first one names',
    ],
  },
  {
    row: 11,
    sentence: 'Values of malformed and refused Secrets are in no output, whatever the API server quotes of them.',
    tests: [
      'row 11: no value of a malformed or refused Secret is in any output',
      'row 11: no value that stands where a flag of a Secret belongs is in a difference',
      'row 11: the search finds a value in every form',
    ],
  },
  {
    row: 12,
    sentence:
      'What an API server returned of a Secret, and last-applied-configuration, is masked or left out, in every output.',
    tests: ['row 12: no value that only a member or last-applied-configuration has is in any output'],
  },
  {
    row: 13,
    sentence:
      'Credentials of members, keys and passwords in URLs are in no output, on no status branch, in no inventory and in no file that is left behind.',
    tests: [
      'row 13: no credential of a member is in any output',
      'row 13: no password of an endpoint is in any output',
      'row 13: no password in the URL of a repository is in any output, or kept',
      'row 13: no password that a URL cannot hold as it is written is in any output',
    ],
  },
  {
    row: 15,
    sentence:
      'Programs run for --kubeconfig alone, an empty identity is an error, and whom a kubeconfig acts as is kept.',
    tests: [
      'row 15: a kubeconfig with %s in the credentials directory is refused, and nothing runs',
      'row 15: a program runs for the kubeconfig that the operator names',
      'row 15: a kubeconfig in a Secret of the repository is not used',
      'row 15: a kubeconfig with %s is an error, and nothing is asked',
      'row 15: a program that says an empty token is an error, and nothing is asked',
      'row 15: an empty token of a folder or a Secret is an error, and nothing is asked anonymously',
      'row 15: whom a kubeconfig acts as is who everything is done as, and they have no right of their own',
    ],
  },
  {
    row: 26,
    sentence: 'Only commits are applied: what is not committed reaches no cluster, and to look at it writes nothing.',
    tests: [
      'row 26: a dirty working tree and its index change nothing in a cluster',
      'row 26: --ref takes commits, and nothing else that git has a name for',
      'row 26: diff --live of a working tree shows its changes, and writes nothing anywhere',
    ],
  },
  {
    row: 27,
    sentence: 'What cannot be read in full is not gone: it deletes nothing, is told of, and is not forgotten.',
    tests: [
      'row 27: %s deletes nothing',
      'row 27: a kind that only the inventory has is told of where it cannot be read, and is not forgotten',
    ],
  },
];
