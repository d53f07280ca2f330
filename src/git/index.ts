/**
 * Git repositories: reading snapshots out of commits and working trees, writing commits without a work tree, fetching and pushing.
 * Must not know clusters, rendering or what the files mean.
 * Returns snapshots and object ids; throws {@link GitfedError} `GIT` or `USAGE`.
 */

export { acceptedCommit, recordAccepted } from './accepted.ts';
export { GitAccess, type GitAccessOptions } from './access.ts';
export { parseAuthor } from './author.ts';
export { blameLines, type LineHistory } from './blame.ts';
export { blobId, listBlobs, plainFile } from './blobs.ts';
export { type GitObject, ObjectReader } from './cat-file.ts';
export { refuseCheckedOut } from './checked-out.ts';
export {
  type CommitDetails,
  changedBlobs,
  lastChanges,
  lineOfCommits,
  readCommitDetails,
  trailerOf,
} from './commit-details.ts';
export { GitProcessError, withoutCredentials } from './errors.ts';
export { type Commit, commitsBetween, isAncestor, isDescendant, mergeBase, rootCommits } from './history.ts';
export { type HooksFolder, hooksFolder } from './hooks-folder.ts';
export { KnownRoots } from './known-roots.ts';
export { listRefs } from './list-refs.ts';
export {
  branchOfRemote,
  countBetween,
  hasCommit,
  isReadDifferently,
  objectAt,
  servedBranch,
} from './pushed-commits.ts';
export { type RefUpdate, readPushedRefs, readReceivedRefs } from './pushed-refs.ts';
export { readCommit } from './read-commit.ts';
export { readFilesAt } from './read-files.ts';
export { readFolder } from './read-folder.ts';
export { ReadMemo } from './read-memo.ts';
export { readWorkingTree } from './read-working-tree.ts';
export {
  type FetchOptions,
  fetchAgain,
  fetchBranch,
  fetchRepository,
  lsRemote,
  type PushResult,
  prepareRepository,
  pushCommit,
  type RemoteRefs,
  tidyRepository,
} from './remote.ts';
export { checkUrl, isRepositoryUrl } from './remote-url.ts';
export { remoteOf, remoteUrl } from './remotes.ts';
export {
  branchTip,
  checkBranchName,
  commitSubject,
  currentBranch,
  defaultBranch,
  describeRepository,
  findRepository,
  isDirty,
  isShallow,
  keepCommit,
  keptCommit,
  openRepository,
  type Repository,
  resolveCommit,
} from './repository.ts';
export { writeLine } from './rewrite-history.ts';
export { type GitSetting, readGitSection, readGitSetting } from './settings.ts';
export {
  commitAtRemote,
  copyBranch,
  fetchHistory,
  fetchTip,
  isCutOff,
  isCutOffBetween,
  missingCommits,
} from './shallow.ts';
export {
  type BranchHome,
  type BranchTips,
  checkMovable,
  commitsAhead,
  isBranchName,
  mergeBaseOf,
  moveRefs,
  readTips,
  type TrackedBranch,
  trackBranch,
} from './tracked-branch.ts';
export { fetchTracked, type PushOptions, pushTracked, type RemoteOptions } from './tracked-remote.ts';
export { treeIdOf } from './tree-hash.ts';
export { decidesReading, INDEX_FILE, mayMatter, RULES } from './tree-listing.ts';
export { type CommitPolicy, type CommitRange, type Verification, verifyCommits } from './verify-commits.ts';
export { findWatchedPlaces, ignoredFolders, type WatchedPlaces, withoutIgnored } from './watched-places.ts';
export {
  type Author,
  type CommitRequest,
  DEFAULT_AUTHOR,
  EMPTY_TREE,
  treeId,
  updateBranch,
  writeCommit,
} from './write-commit.ts';
export { FilesWriter } from './write-files.ts';
