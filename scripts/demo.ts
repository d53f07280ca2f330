/**
 * `npm run demo`: what gitfed makes of `examples/repo`, and what a commit to it would change. Works offline, with a copy in
 * a temporary folder that is removed afterwards.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';

const ROOT = resolve(import.meta.dirname, '..');
const temporary = mkdtempSync(join(tmpdir(), 'gitfed-demo-'));
const shop = join(temporary, 'shop');

try {
  tell();
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

function tell(): void {
  say(
    'gitfed keeps many Kubernetes clusters in step with one git repository.',
    'This is a shop on five clusters: eu-1, eu-2, us-1, us-2 and ap-1. No cluster is needed to look at it.',
  );
  cpSync(join(ROOT, 'examples', 'repo'), shop, { recursive: true });
  git('init', '--quiet', '--initial-branch=main');
  commit('A shop on five clusters');

  say('Is there anything wrong with it? And what does each cluster get, as files?');
  gitfed('validate');
  gitfed('render', '--output-dir', '../rendered');

  say(
    'The repository holds federated objects: a template, a placement (which clusters), and overrides (what differs there).',
    'In us-2, which runs the release candidate, the storefront begins like this:',
  );
  showFile('../rendered/us-2/shop/Deployment.apps-web.yaml', 22);

  say(
    'Nobody wrote `replicas` for that cluster: 24 replicas in all are shared by weight.',
    'That is the plan, computed from the repository alone, so anybody can compute it again:',
  );
  showPlan();

  say(
    'Now a change, as a colleague would make it:',
    '  - all clusters get a new version of the storefront',
    '  - the cart runs in primary clusters only, so it leaves eu-2',
  );
  edit('shop/web.yaml', 'web:4.12.0', 'web:4.13.0');
  edit('shop/cart.yaml', '        env: prod\n', '        env: prod\n        tier: primary\n');
  showChange();

  say('What does it mean for each cluster? What is the same in many of them is said once:');
  gitfed('diff');

  say(
    'That is what a reviewer sees before the merge. After it, `gitfed sync` brings the clusters there:',
    'by server-side apply, deleting only what is proven to be gone, and committing what happened to branch gitfed/status.',
    '',
    'Next: README.md for a tour, `gitfed init` for a repository of your own, docs/coming-from-kubefed.md if you have one already.',
  );
}

function say(...lines: readonly string[]): void {
  console.log(`\n${lines.map((line) => (line === '' ? '' : `# ${line}`)).join('\n')}\n`);
}

function gitfed(...args: readonly string[]): void {
  console.log(`$ gitfed ${args.join(' ')}`);
  const { status } = spawnSync(process.execPath, [join(ROOT, 'bin', 'gitfed.js'), ...args], {
    cwd: shop,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  // 1 is what `diff` says of a change.
  if (status !== 0 && status !== 1) throw new Error(`gitfed ${args.join(' ')} ended with ${status}`);
}

function showFile(name: string, lines: number): void {
  const content = readFileSync(join(shop, name), 'utf8').trimEnd().split('\n');
  console.log(`$ head -${lines} ${name}`);
  console.log(content.slice(0, lines).join('\n'));
}

function showPlan(): void {
  console.log('$ gitfed render -o json | jq .replicas');
  const json = execFileSync(process.execPath, [join(ROOT, 'bin', 'gitfed.js'), 'render', '-o', 'json'], {
    cwd: shop,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { replicas } = JSON.parse(json) as { readonly replicas: Readonly<Record<string, Record<string, number>>> };
  for (const [object, plan] of Object.entries(replicas)) console.log(`  ${object}: ${JSON.stringify(plan)}`);
}

function showChange(): void {
  console.log('$ git diff');
  const diff = git('diff', '--unified=0', '--no-color');
  for (const line of diff.split('\n').filter((text) => /^[+-]/.test(text) && !/^\+\+\+|^---/.test(text)))
    console.log(line);
}

function edit(name: string, from: string, to: string): void {
  const file = join(shop, name);
  const text = readFileSync(file, 'utf8');
  if (!text.includes(from)) throw new Error(`${name} of the example has changed: it lacks ${JSON.stringify(from)}`);
  writeFileSync(file, text.replaceAll(from, to));
}

function commit(message: string): void {
  git('add', '.');
  git('commit', '--quiet', '--message', message);
}

/** Independent of the settings of whoever runs the demo. */
function git(...args: readonly string[]): string {
  const identity = { NAME: 'gitfed demo', EMAIL: 'demo@gitfed.example' };
  return execFileSync('git', args, {
    cwd: shop,
    encoding: 'utf8',
    env: {
      ...process.env,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_SYSTEM: '/dev/null',
      GIT_AUTHOR_NAME: identity.NAME,
      GIT_AUTHOR_EMAIL: identity.EMAIL,
      GIT_COMMITTER_NAME: identity.NAME,
      GIT_COMMITTER_EMAIL: identity.EMAIL,
    },
  });
}
