import { cpSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildModel } from '../../src/api/index.ts';
import { readWorkingTree } from '../../src/git/index.ts';
import { explainObject, readObservations, render, traceObject } from '../../src/render/index.ts';
import { checkOrigins, disagreements } from '../helpers/explain-checks.ts';
import { temporaryFolder } from '../helpers/git-repository.ts';

const CASES = import.meta.dirname;
const EXAMPLE = path.join(CASES, '..', '..', 'examples', 'repo');
const cases = readdirSync(CASES).filter((name) => statSync(path.join(CASES, name)).isDirectory());

describe('an explanation of golden case', () => {
  it.each(cases)('%s agrees with its rendering, and says of every leaf where it really stands', async (name) => {
    const input = path.join(CASES, name, 'input');
    const copy = temporaryFolder();
    cpSync(existsSync(input) ? input : EXAMPLE, copy, { recursive: true });
    const model = buildModel(await readWorkingTree(copy));
    const observed = path.join(CASES, name, 'observations.yaml');
    const observations = existsSync(observed) ? readObservations(readFileSync(observed, 'utf8'), observed) : undefined;
    const options = observations === undefined ? {} : { observations };

    const rendering = render(model, observations);
    for (const object of model.objects) {
      const explanation = explainObject(traceObject(model, object, options));
      expect(disagreements(object, explanation, rendering)).toEqual([]);
    }
    const manifests = rendering.clusters.flatMap(({ objects }) => objects);
    expect(checkOrigins(model, observations) > 0).toBe(manifests.length > 0);
  });
});
