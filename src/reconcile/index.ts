/**
 * One revision from end to end: read, render, apply, report.
 * Must not know how results are printed, or who asked for the pass.
 * Returns the result of a pass; throws only when there is nothing to run on.
 */
export { acceptDrift } from './accept-drift.ts';
export type { AcceptedField, AcceptOptions, AcceptResult, NotAcceptedField } from './accept-types.ts';
export { readAllowances } from './allowances.ts';
export { type ComparedCommits, checkCommits } from './commit-gates.ts';
export {
  type Comparison,
  type ComparisonRequest,
  chooseBase,
  readComparison,
} from './comparison.ts';
export { type Member, type MembersResult, readMembers } from './members.ts';
export { type RenderedState, RepositoryMemo } from './repository-memo.ts';
export { sync } from './sync.ts';
export type * from './types.ts';
