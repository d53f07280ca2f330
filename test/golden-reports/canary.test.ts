import { describe, expect, it } from 'vitest';
import { stringifyJson } from '../../src/core/index.ts';
import { compareRenderings } from '../../src/report/change-set.ts';
import { createPreview } from '../../src/report/preview.ts';
import { base64, Canaries } from '../cluster/canaries.ts';
import { documents, FLEET, federated } from '../helpers/model-of.ts';
import { type Files, renderBoth } from './pull-request.ts';

const EVERYWHERE = 'placement: {clusterSelector: {}}';

/** Every place in which people put the value of a Secret, by mistake too. */
function secretFiles(canaries: Canaries, side: string): Files {
  const plant = (place: string): string => canaries.plantToken(`${place}, ${side}`);
  const secret = (name: string, template: string, more = ''): string =>
    federated('FederatedSecret', `{template: ${template}, ${EVERYWHERE}${more}}`, `{name: ${name}, namespace: shop}`);
  const override = `, overrides: [{clusterName: eu-1, clusterOverrides: [{op: add, path: /data/key, value: ${base64(plant('override'))}}]}]`;
  const failing = `, overrides: [{clusterName: eu-1, clusterOverrides: [{op: add, path: /nowhere/key, value: ${plant('failing override')}}]}]`;
  const applied = JSON.stringify(JSON.stringify({ data: { key: base64(plant('annotation')) } }));
  return {
    'fleet.yaml': FLEET,
    'secrets.yaml': documents(
      secret('plain', `{data: {key: ${base64(plant('data'))}}, stringData: {text: ${plant('stringData')}}}`),
      secret('overridden', '{data: {}}', override),
      secret('failing', '{data: {}}', failing),
      secret('not-encoded', `{data: {key: "${plant('not base64')}!"}}`),
      secret('misspelt', `{Data: {key: ${plant('misspelt')}}}`),
      secret('remembered', `{metadata: {annotations: {kubectl.kubernetes.io/last-applied-configuration: ${applied}}}}`),
      secret(`renamed-${side}`, `{data: {a: ${base64(plant('renamed'))}, b: YQ==, c: YQ==, d: YQ==, e: YQ==}}`),
    ),
    'broken.yaml': `kind: FederatedSecret\nspec:\n  template:\n    stringData: {key: "${plant('broken file')}`,
  };
}

describe('no value of a Secret', () => {
  it('is in any form of a report, in any encoding', () => {
    const canaries = new Canaries();
    const request = { about: '', before: secretFiles(canaries, 'before'), after: secretFiles(canaries, 'after') };
    const { before, after } = renderBoth(request);
    const changes = compareRenderings(before.rendering, after.rendering, after.model, { before, after });
    const preview = createPreview({
      from: { name: 'main' },
      to: { name: 'topic' },
      changes,
      baseFindings: before.rendering.findings,
      headFindings: after.rendering.findings,
      model: after.model,
    });
    const forms = {
      comment: preview.comment().join('\n'),
      'small comment': preview.comment({ characters: 5000, parts: 2 }).join('\n'),
      summary: preview.summary(),
      markdown: preview.markdown(),
      JSON: stringifyJson(preview.json()),
      annotations: JSON.stringify(preview.annotations(1000)),
    };
    const found = Object.entries(forms).flatMap(([form, text]) => canaries.in(text).map((one) => `${form}: ${one}`));
    expect(found).toEqual([]);
    expect(forms.comment).toContain('`Secret/shop/plain`: **the Secret changes** (`key`, `text`)');
    expect(
      canaries.in(stringifyJson(after.rendering.clusters[0]?.objects.map(({ manifest }) => manifest) ?? [])),
    ).not.toEqual([]);
  });
});
