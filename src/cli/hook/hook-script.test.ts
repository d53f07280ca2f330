import { describe, expect, it } from 'vitest';
import { hookScript } from './hook-script.ts';

describe('the script of a hook', () => {
  it('looks for the files of the program, and not for options of Node.js', () => {
    const script = hookScript({
      hook: 'pre-receive',
      program: ['/opt/node', '--max-old-space-size=4096', '/opt/gitfed/main.js'],
      options: ['--timeout=5s'],
    });
    expect(script).toContain("for file in '/opt/node' '/opt/gitfed/main.js'; do");
    expect(script).toContain(
      "| '/opt/node' '--max-old-space-size=4096' '/opt/gitfed/main.js' 'hook' 'pre-receive' '--timeout=5s'\n",
    );
  });
});
