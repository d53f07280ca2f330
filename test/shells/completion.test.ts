import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commitAll, git, ROOT, writeFiles } from '../cli/run-gitfed.ts';
import { FLEET, federated } from '../helpers/model-of.ts';
import { ensureShell } from './shell-program.ts';
import { Terminal } from './terminal.ts';

/** A shell that evaluates what it is offered makes a file. */
const EVIL_BRANCH = 'evil$(touch$IFS.evaluated)`touch$IFS.evaluated`';

const COMPLETE = '\t';
/** Puts everything that is offered into the line. */
const COMPLETE_ALL = '\u000f';
/** Prints the line, and then removes it. */
const SHOW = '\u0007';
const CLEAR = '\u0015';

let home: string;
let repository: string;
let env: NodeJS.ProcessEnv;

beforeAll(() => {
  home = mkdtempSync(path.join(tmpdir(), 'gitfed-shells-'));
  repository = path.join(home, 'repository');
  mkdirSync(path.join(home, 'bin'));
  const main = path.join(ROOT, 'src', 'cli', 'main.ts');
  const program = `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`;
  writeFileSync(path.join(home, 'bin', 'gitfed'), program, { mode: 0o755 });
  mkdirSync(repository);
  writeFiles(repository, {
    'fleet.yaml': FLEET,
    'shop/web.yaml': federated('FederatedConfigMap', '{placement: {clusterSelector: {}}}'),
    'observed file.yaml': '',
    "it's mine/fleet.yaml": FLEET.replaceAll('us-1', 'sa-1'),
  });
  commitAll(repository);
  git(repository, 'branch', EVIL_BRANCH);
  git(repository, 'tag', 'v1.4');
  env = { ...process.env, HOME: home, PATH: `${path.join(home, 'bin')}${path.delimiter}${process.env.PATH ?? ''}` };
});

afterAll(() => rmSync(home, { recursive: true, force: true }));

/** What is typed, and what the line is then. */
const LINES: readonly (readonly [typed: string, line: string])[] = [
  [`gitfed vali${COMPLETE}`, 'gitfed validate '],
  [`gitfed help vali${COMPLETE}`, 'gitfed help validate '],
  [`gitfed render --clu${COMPLETE}`, 'gitfed render --cluster '],
  [`gitfed render --cluster us${COMPLETE}`, 'gitfed render --cluster us-1 '],
  [`gitfed render --cluster=us${COMPLETE}`, 'gitfed render --cluster=us-1 '],
  [`gitfed render --cluster mars${COMPLETE}`, 'gitfed render --cluster mars'],
  [`gitfed render -o ${COMPLETE_ALL}`, 'gitfed render -o json yaml '],
  [`gitfed diff --against v${COMPLETE}`, 'gitfed diff --against v1.4 '],
  [`gitfed completion f${COMPLETE}`, 'gitfed completion fish '],
  [`gitfed validate sh${COMPLETE}`, 'gitfed validate shop/'],
  [`gitfed render --observed obs${COMPLETE}`, 'gitfed render --observed observed\\ file.yaml '],
  [`gitfed sync --kubeconfig=fl${COMPLETE}`, 'gitfed sync --kubeconfig=fleet.yaml '],
  [`gitfed render it\\'s\\ mine --cluster sa${COMPLETE}`, "gitfed render it\\'s\\ mine --cluster sa-1 "],
  [`gitfed render "it's mine" --cluster=sa${COMPLETE}`, 'gitfed render "it\'s mine" --cluster=sa-1 '],
  [`gitfed render 'it'"'s mi"ne --cluster sa${COMPLETE}`, `gitfed render 'it'"'s mi"ne --cluster sa-1 `],
  [`gitfed diff --against 'v${COMPLETE}`, "gitfed diff --against 'v1.4' "],
  [`gitfed diff --against "v${COMPLETE}`, 'gitfed diff --against "v1.4" '],
  [`gitfed diff --against 'evil${COMPLETE}`, `gitfed diff --against '${EVIL_BRANCH}' `],
  [
    `gitfed diff --against "evil${COMPLETE}`,
    'gitfed diff --against "evil\\$(touch\\$IFS.evaluated)\\`touch\\$IFS.evaluated\\`" ',
  ],
  [
    `gitfed validate --ref evil${COMPLETE}`,
    'gitfed validate --ref evil\\$\\(touch\\$IFS.evaluated\\)\\`touch\\$IFS.evaluated\\` ',
  ],
];

async function typedLines(terminal: Terminal): Promise<[string, string][]> {
  await terminal.waitFor(/READY /);
  const lines: [string, string][] = [];
  for (const [typed] of LINES) {
    terminal.type(`${typed}${SHOW}`);
    const [, line = ''] = await terminal.waitFor(/LINE<([^>]*)>/);
    lines.push([typed, line]);
    terminal.type(CLEAR);
  }
  return lines;
}

/** `script` of util-linux makes the terminals. */
const hasTerminals = process.platform === 'linux';

describe.skipIf(!hasTerminals)('completion in bash', () => {
  it('does what a person expects of a tab, and evaluates nothing', async () => {
    const settings = [
      'source <(gitfed completion bash)',
      "PS1='READY '",
      "bind 'set enable-bracketed-paste off'",
      `bind -x '"\\C-g": printf "\\nLINE<%s>\\n" "$READLINE_LINE"'`,
      `bind '"\\C-o": insert-completions'`,
    ];
    const file = path.join(home, 'bashrc');
    writeFileSync(file, `${settings.join('\n')}\n`);
    await using terminal = new Terminal(`bash --noprofile --rcfile '${file}' -i`, { cwd: repository, env });
    expect(await typedLines(terminal)).toEqual(LINES);
    expect(existsSync(path.join(repository, '.evaluated'))).toBe(false);
  });
});

const zsh = await ensureShell('zsh');

describe.skipIf(zsh === undefined || !hasTerminals)('completion in zsh', () => {
  it('does what a person expects of a tab, describes what it offers, and evaluates nothing', async () => {
    const { file = '', env: more = {}, root } = zsh ?? {};
    const unpacked = `${root}/usr/share/zsh/functions`;
    const settings = [
      ...(root === undefined
        ? []
        : [`module_path=(${more['LD_LIBRARY_PATH']}/zsh/*(/))`, `fpath=(${unpacked}/**/(/N))`]),
      'autoload -Uz compinit && compinit -D -u',
      'source <(gitfed completion zsh)',
      "PS1='READY '",
      'show-line() { print -r -- $\'\\n\'"LINE<$BUFFER>"; zle -I }',
      'zle -N show-line',
      "bindkey '^G' show-line",
      'zle -C all-matches complete-word _generic',
      "zstyle ':completion:all-matches:*' completer _all_matches _complete",
      "zstyle ':completion:all-matches:*' insert true",
      "bindkey '^O' all-matches",
    ];
    writeFileSync(path.join(home, '.zshrc'), `${settings.join('\n')}\n`);
    const environment = { ...env, ...more, ZDOTDIR: home };
    await using terminal = new Terminal(`'${file}' -d -i`, { cwd: repository, env: environment });
    expect(await typedLines(terminal)).toEqual(LINES);
    terminal.type(`gitfed ${COMPLETE}`);
    await terminal.waitFor(/validate +-- Reports everything that is wrong/);
    expect(existsSync(path.join(repository, '.evaluated'))).toBe(false);
  });
});

const fish = await ensureShell('fish');

describe.skipIf(fish === undefined)('completion in fish', () => {
  const offered = (line: string): readonly string[] => {
    const { file = '', env: more = {} } = fish ?? {};
    const script = 'gitfed completion fish | source; complete -C $argv[1]';
    const environment = { ...env, ...more, XDG_CONFIG_HOME: path.join(home, 'config') };
    const output = execFileSync(file, ['-c', script, line], { cwd: repository, env: environment });
    return output.toString().split('\n').slice(0, -1);
  };

  it.each<[line: string, offered: readonly string[]]>([
    ['gitfed vali', ['validate\tReports everything that is wrong or doubtful in a repository']],
    ['gitfed help schem', ['schema\tPrints the JSON Schema of gitfed.yaml']],
    ['gitfed render --clu', ['--cluster\tRenders for this cluster only']],
    ['gitfed render --cluster us', ['us-1']],
    ['gitfed render --cluster=us', ['--cluster=us-1']],
    ['gitfed render --cluster mars', []],
    ['gitfed render -o ', ['json', 'yaml']],
    ['gitfed diff --against v', ['v1.4']],
    ['gitfed completion f', ['fish']],
    ['gitfed validate sh', ['shop/']],
    ['gitfed render --observed obs', ['observed file.yaml']],
    ['gitfed sync --kubeconfig=fl', ['--kubeconfig=fleet.yaml']],
    ['gitfed validate --ref evil', [EVIL_BRANCH]],
  ])('offers for «%s» what fits', (line, expected) => {
    expect(offered(line).toSorted()).toEqual(expected);
    expect(existsSync(path.join(repository, '.evaluated'))).toBe(false);
  });
});
