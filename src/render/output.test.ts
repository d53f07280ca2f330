import { describe, expect, it } from 'vitest';
import { clusterOf, federatedOf, modelWith, preferenceOf } from '../../test/helpers/render-input.ts';
import { parseJson } from '../core/index.ts';
import { formatRendering, renderingToJson } from './output.ts';
import { render } from './render.ts';

const template = { spec: { replicas: 1, big: 9007199254740993n } };
const rendering = render(
  modelWith({
    clusters: [clusterOf('b'), clusterOf('A.x')],
    objects: [federatedOf({ template })],
    preferences: [preferenceOf({ totalReplicas: 3 })],
    findings: [
      {
        column: 2,
        line: 1,
        file: 'a.yaml',
        message: 'm',
        code: 'TargetMissing',
        severity: 'warning',
        object: 'o',
        cluster: 'c',
      },
    ],
  }),
);

describe('formatRendering', () => {
  it('prints the same as the value', () => {
    expect(parseJson([...formatRendering(rendering)].join(''))).toEqual(renderingToJson(rendering));
  });

  it('prints every cluster, without objects too', () => {
    expect([...formatRendering(render(modelWith()))].join('')).toBe(
      '{"clusters":{\n"a":[],\n"b":[]},\n"replicas":{},\n"findings":[]}\n',
    );
  });

  it('prints nothing but the frame for an empty model', () => {
    expect([...formatRendering(render(modelWith({ clusters: [] })))].join('')).toBe(
      '{"clusters":{},\n"replicas":{},\n"findings":[]}\n',
    );
  });
});

describe('renderingToJson', () => {
  it('has the documented shape', () => {
    const { clusters, replicas, findings } = renderingToJson(rendering);
    const manifest = (count: number) => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'shop', labels: { 'kubefed.io/managed': 'true' } },
      spec: { replicas: count, big: 9007199254740993n },
    });

    expect(clusters).toEqual({ 'A.x': [manifest(2)], b: [manifest(1)] });
    expect(replicas).toEqual({ 'FederatedDeployment/shop/web': { 'A.x': 2, b: 1 } });
    expect(JSON.stringify(findings)).toBe(
      '[{"severity":"warning","code":"TargetMissing","message":"m","file":"a.yaml","line":1,"column":2,"cluster":"c","object":"o"}]',
    );
  });
});
