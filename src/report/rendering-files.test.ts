import { describe, expect, it } from 'vitest';
import { federatedOf, typeOf } from '../../test/helpers/render-input.ts';
import type { RenderedObject } from '../render/types.ts';
import { renderedFiles } from './rendering-files.ts';

function objectOf(kind: string, name = 'web'): RenderedObject {
  const federated = federatedOf({ type: typeOf(kind), name });
  return { id: federated.target, manifest: { kind, metadata: { name } }, federated };
}

function filesOf(...objects: readonly RenderedObject[]) {
  const rendering = { clusters: [{ cluster: 'eu-1', objects, held: [] }], replicas: new Map(), findings: [] };
  return renderedFiles(rendering, { model: { holds: [] }, isPart: false }).files;
}

describe('renderedFiles', () => {
  it('gives each object a path and its text', () => {
    const [first, second] = filesOf(objectOf('Widget'), objectOf('Widget', 'api'));
    expect(first?.path).toMatch(/^eu-1\/shop\/Widget\..*-web\.yaml$/);
    expect(second?.text()).toBe('kind: Widget\nmetadata:\n  name: api\n');
  });

  it('security row 25: refuses two paths that are one where capitals do not count', () => {
    expect(() => filesOf(objectOf('Widget'), objectOf('WIDGET'))).toThrow(
      /Widget\..*-web\.yaml and eu-1\/shop\/WIDGET\..*-web\.yaml are one file where capitals do not count/,
    );
  });
});
