import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from '../helpers/git-repository.ts';

/** A `git` that counts what writes, and kills the daemon at the k-th time. */
export interface CountingGit {
  /** For the daemon. */
  readonly env: Readonly<Record<string, string>>;
  /** @param when `before` git is run, or `after` it has ended. */
  arm(k: number, when: 'before' | 'after'): void;
  disarm(): void;
  /** How many writes there were since it was armed. */
  count(): number;
}

/** What changes a repository: refs, objects, a remote. */
const WRITES = 'fetch|push|update-ref|fast-import|commit-tree|symbolic-ref|mktree|hash-object|gc';

/**
 * The parent of the script is the daemon, which is killed as a machine that loses its power would: git itself goes on or not. Two writes may
 * be under way at once, so that the count is kept by files that only one of them can make.
 */
export function countingGit(): CountingGit {
  const folder = temporaryFolder();
  const state = path.join(folder, 'state');
  const git = execFileSync('which', ['git'], { encoding: 'utf8' }).trim();
  mkdirSync(path.join(folder, 'bin'));
  const script = path.join(folder, 'bin', 'git');
  writeFileSync(
    script,
    `#!/bin/sh
writes=no
for word in "$@"; do
  case "$word" in
    -c) ;;
    ${WRITES}) writes=yes; break ;;
    *=*) ;;
    *) break ;;
  esac
done
turn=0
if [ "$writes" = yes ] && [ -f "${state}/armed" ]; then
  turn=1
  until mkdir "${state}/$turn" 2>/dev/null; do
    [ -d "${state}/$turn" ] || break
    turn=$((turn + 1))
  done
  read -r k when < "${state}/armed"
  if [ "$turn" = "$k" ] && [ "$when" = before ]; then kill -9 "$PPID"; exit 1; fi
fi
'${git}' "$@"
code=$?
if [ "$turn" != 0 ] && [ "$turn" = "$k" ]; then kill -9 "$PPID"; fi
exit "$code"
`,
  );
  chmodSync(script, 0o755);
  const reset = (): void => {
    // What was killed may have left git at work, which writes there.
    rmSync(state, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    mkdirSync(state);
  };
  reset();
  return {
    env: { PATH: `${path.dirname(script)}${path.delimiter}${process.env['PATH']}` },
    arm(k, when) {
      reset();
      writeFileSync(path.join(state, 'armed'), `${k} ${when}\n`);
    },
    disarm: reset,
    count() {
      let turn = 0;
      while (existsSync(path.join(state, String(turn + 1)))) turn += 1;
      return turn;
    },
  };
}
