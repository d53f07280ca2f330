/**
 * Codes say who can act: `USAGE` the person at the command line, `CONFIG` the author of the repository,
 * `GIT` and `CLUSTER` the environment, `INTERNAL` us.
 */
export type GitfedErrorCode = 'USAGE' | 'CONFIG' | 'GIT' | 'CLUSTER' | 'INTERNAL';

/** Something that stops a command: exit code 2. What stops one object or one cluster only is data, not an exception. */
export class GitfedError extends Error {
  readonly code: GitfedErrorCode;

  constructor(code: GitfedErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'GitfedError';
    this.code = code;
  }
}
