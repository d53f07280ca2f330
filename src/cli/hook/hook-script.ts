import path from 'node:path';

/** A hook that gitfed knows. */
export type HookName = 'pre-receive' | 'post-receive' | 'pre-push';

export interface HookScript {
  readonly hook: HookName;
  /** What runs gitfed: absolute paths. */
  readonly program: readonly string[];
  /** The options of the hook. */
  readonly options: readonly string[];
  /** What becomes of a push that could not be looked at. Absent: git's configuration says it. */
  readonly onFailure?: string | undefined;
}

/** The line by which a script is known as ours. */
const MARK = '# A hook of gitfed, written by: gitfed hook install';

/** What was there before is run from a file beside it. */
export const CHAINED = '.local';

export function isHookScript(text: string): boolean {
  return text.split('\n', 3).includes(MARK);
}

/** The script that git runs. It lets gitfed decide, and where that cannot be, says so and what becomes of the push. */
export function hookScript(script: HookScript): string {
  const { hook, program, options } = script;
  const remote = hook === 'pre-push' ? ' --remote="$1"' : '';
  // Node.js may have options of its own.
  const files = program.filter((word) => path.isAbsolute(word));
  const words = [...program, 'hook', hook, ...options].map(quote).join(' ');
  return `#!/bin/sh
${MARK}
# The same command replaces it. A hook of your own is run before it, if it is called ${hook}${CHAINED} and may be executed.

input=$(cat; echo .)
input=\${input%.}
if [ -x "$0${CHAINED}" ]; then
  printf %s "$input" | "$0${CHAINED}" "$@" || exit
fi
code=
for file in ${files.map(quote).join(' ')}; do
  [ -e "$file" ] && continue
  echo "gitfed: $file is not there any more. Install gitfed, and run: gitfed hook install" >&2
  code=127
done
# Node.js itself ends with 1 where a file is missing: that would be taken for an answer.
if [ -z "$code" ]; then
  printf %s "$input" | ${words}${remote}
  code=$?
fi
${END[hook](script)}
`;
}

const END: Readonly<Record<HookName, (script: HookScript) => string>> = {
  'pre-receive': refusable,
  'pre-push': refusable,
  'post-receive': () => `[ "$code" -le 1 ] || echo "gitfed: the push is done, and its hook failed (exit code $code)" >&2
exit "$code"`,
};

/** 0 and 1 are answers, 130 is Ctrl-C; everything else means that nobody looked. */
function refusable({ onFailure }: HookScript): string {
  const policy = onFailure === undefined ? '$(git config --get gitfed.hookOnFailure)' : quote(onFailure);
  return `case $code in 0 | 1 | 130) exit "$code" ;; esac
policy=${policy}
if [ "$policy" = refuse ]; then
  echo "gitfed: nobody looked at the push (exit code $code), and it is refused" >&2
  exit 1
fi
echo "gitfed: nobody looked at the push (exit code $code), and it goes through" >&2`;
}

/** A word of a shell, whatever is in it. */
function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
