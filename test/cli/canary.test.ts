import { describe, expect, it } from 'vitest';
import { documents, FLEET, federated } from '../helpers/model-of.ts';
import { commitAll, createFolder, gitfed, writeFiles } from './run-gitfed.ts';

/** Planted wherever a Secret can hold a value, by people who make mistakes. No output but the manifests may hold it. */
const CANARY = 'kanarienvogel';

function secret(name: string, template: string, overrides = ''): string {
  const spec = `{template: ${template}, placement: {clusterSelector: {}}${overrides === '' ? '' : `, overrides: ${overrides}`}}`;
  return federated('FederatedSecret', spec, `{name: ${name}, namespace: shop}`);
}

function override(operation: string): string {
  return `[{clusterName: eu-1, clusterOverrides: [${operation}]}]`;
}

/** The same mistakes with other values. */
function files(value: string): Readonly<Record<string, string>> {
  const encoded = Buffer.from(value).toString('base64');
  const lastApplied = JSON.stringify(JSON.stringify({ data: { key: encoded } }));
  return {
    'secrets.yaml': documents(
      secret('right', `{data: {key: ${encoded}}, stringData: {text: ${value}}}`),
      secret('overridden', '{data: {}}', override(`{op: add, path: /data/key, value: ${encoded}}`)),
      secret('override-fails', '{data: {}}', override(`{op: add, path: /nowhere/key, value: ${value}}`)),
      secret('override-breaks', `{data: {key: ${encoded}}}`, override(`{path: /data, value: ${value}}`)),
      secret('renamed', '{data: {}}', override(`{path: /metadata, value: {name: ${value}}}`)),
      secret('not-encoded', `{data: {key: ${value}}}`),
      secret('list', `{data: [${value}], stringData: ${value}}`),
      secret('deep', `{data: {key: {deeper: ${value}}}}`),
      secret('misspelt', `{Data: {key: ${value}}, strData: {key: ${value}}}`),
      secret('numbers', `{stringData: {key: 0x${Buffer.from(value).toString('hex').slice(0, 12)}}}`),
      secret(
        'remembered',
        `{metadata: {annotations: {kubectl.kubernetes.io/last-applied-configuration: ${lastApplied}}}}`,
      ),
      secret('template-is-text', value),
      secret('twice', `{data: {key: ${encoded}}}`),
      secret('twice', `{data: {key: ${encoded}, other: ${value}}}`),
    ),
    'credential.yaml': `apiVersion: v1\nkind: Secret\nmetadata: {name: eu-1, namespace: kube-federation-system}\ndata: {token: ${encoded}}\nstringData: {token: ${value}}\n`,
    'credential-list.yaml': `apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Secret, metadata: {name: x}, data: ${value}}]\n`,
    'broken.yaml': `apiVersion: types.kubefed.io/v1beta1\nkind: FederatedSecret\nmetadata: {name: broken, namespace: shop}\nspec:\n  template:\n    stringData:\n      key: "${value}\n      other: @${value}\n`,
    'broken.json': `{"kind": "FederatedSecret", "spec": {"template": {"stringData": {"key": "${value}" "${value}"}}}}`,
    'duplicate-key.yaml': `kind: Secret\ndata:\n  key: ${value}\n  key: ${value}\n`,
    'anchors.yaml': `kind: Secret\ndata:\n  key: &${value} ${value}\n  other: *unknown-${value}\n`,
    'tag.yaml': `kind: Secret\ndata:\n  key: !!int ${value}\n`,
  };
}

/** A repository whose working tree has other values than its commit. */
function canaryRepository(): string {
  const folder = createFolder({ 'fleet.yaml': FLEET, ...files(`${CANARY}-1`) });
  commitAll(folder);
  writeFiles(folder, files(`${CANARY}-2`));
  return folder;
}

describe('no value of a Secret', () => {
  const forms = [
    CANARY,
    Buffer.from(CANARY).toString('base64').slice(0, 15),
    Buffer.from(CANARY).toString('hex').slice(0, 12),
  ];

  it.each<[title: string, args: readonly string[], isManifests: boolean]>([
    ['the findings as text', ['validate'], false],
    ['the findings as JSON', ['validate', '-o', 'json'], false],
    ['the findings as annotations', ['validate', '-o', 'github'], false],
    ['the differences as text', ['diff'], false],
    ['the differences as JSON', ['diff', '-o', 'json'], false],
    ['the differences as Markdown', ['diff', '-o', 'markdown'], false],
    ['the differences as Markdown with an end', ['diff', '-o', 'markdown', '--limit', '5000'], false],
    ['the numbers of differences', ['diff', '--stat'], false],
    ['what is said beside the manifests', ['render'], true],
    ['what is said beside the manifests as JSON', ['render', '-o', 'json'], true],
  ])('is in %s', async (_title, args, isManifests) => {
    const { code, stdout, stderr } = await gitfed(args, canaryRepository());
    expect(code).toBe(1);
    const said = isManifests ? stderr + stdout.replace(/^[\s\S]*"findings":/, '"findings":') : stdout + stderr;
    const shown = isManifests && !args.includes('json') ? stderr : said;
    expect(shown).not.toBe('');
    for (const form of forms) expect(shown.toLowerCase()).not.toContain(form.toLowerCase());
  });

  it('is kept from the manifests themselves, so the search would find it', async () => {
    expect((await gitfed(['render'], canaryRepository())).stdout).toContain(CANARY);
  });
});
