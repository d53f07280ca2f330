import { describe, expect, it } from 'vitest';
import { readInputs } from './inputs.ts';

const PLACES = { workspace: '/checkout', temporary: '/tmp/job' };

function read(values: Readonly<Record<string, string>>): ReturnType<typeof readInputs> {
  return readInputs((name) => values[name] ?? '', PLACES);
}

describe('readInputs', () => {
  it('previews the whole checkout by default', () => {
    expect(read({})).toMatchObject({
      mode: 'preview',
      folder: '/checkout',
      path: '',
      comment: 'sticky',
      failOn: 'errors',
      whatIf: [],
    });
  });

  it('takes paths from the checkout, and the report to the files of the job', () => {
    const inputs = read({ path: './clusters//prod/', kubeconfig: '/run/kubeconfig', 'credentials-dir': 'credentials' });
    expect(inputs).toMatchObject({
      folder: '/checkout/clusters/prod',
      path: 'clusters/prod',
      kubeconfig: '/run/kubeconfig',
      credentialsDir: '/checkout/credentials',
      reportFolder: '/tmp/job/gitfed-report-clusters%2Fprod',
    });
  });

  it('gives two folders of one job a report each', () => {
    const folders = ['', 'prod', 'clusters/prod', 'clusters-prod'].map((path) => read({ path }).reportFolder);
    expect(folders[0]).toBe('/tmp/job/gitfed-report');
    expect(new Set(folders).size).toBe(4);
  });

  it.each(['eu-1 eu-2', 'eu-1,eu-2', ' eu-1,\n eu-2 '])('reads clusters from %j', (text) => {
    expect(read({ 'what-if': text }).whatIf).toEqual(['eu-1', 'eu-2']);
  });

  it.each([
    [{ mode: 'apply' }, 'The input mode is "apply": it must be preview, validate, render, sync, comment, drift.'],
    [{ comment: 'yes' }, 'The input comment is "yes": it must be sticky, new, off.'],
    [{ 'fail-on': 'error' }, 'The input fail-on is "error": it must be errors, gates, never.'],
    [{ 'comment-required': 'yes' }, 'The input comment-required is "yes": it must be true, false.'],
    [{ path: '../other' }, 'The input path is "../other": it must name a folder of the checkout.'],
    [{ path: '/etc' }, 'The input path is "/etc": it must name a folder of the checkout.'],
  ])('%j is refused', (values, message) => {
    expect(() => read(values)).toThrow(message);
  });

  it('takes a folder whose name begins with dots', () => {
    expect(read({ path: '..prod' }).path).toBe('..prod');
  });
});
