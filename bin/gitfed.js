#!/usr/bin/env node
// Plain old JavaScript without static imports: an old Node must get as far as the sentence below.
// engines in package.json says the same; a test holds the two together.
var REQUIRED = [22, 22];

var version = process.versions.node.split('.').map(Number);
var supported = version[0] > REQUIRED[0] || (version[0] === REQUIRED[0] && version[1] >= REQUIRED[1]);

if (supported) {
  keepCompiledCode();
  import('../dist/cli/main.js').catch((error) => {
    process.stderr.write(`gitfed: could not start: ${error.message}\n`);
    process.exitCode = 2;
  });
} else {
  process.stderr.write(
    'gitfed needs Node.js ' +
      REQUIRED.join('.') +
      ' or newer; this is ' +
      process.versions.node +
      '. Install a newer Node.js.\n',
  );
  process.exitCode = 2;
}

/** What was compiled once is kept for the next start. In a folder of ours: what lies in /tmp, somebody else may have put there. */
function keepCompiledCode() {
  var cache = process.env.XDG_CACHE_HOME || (process.env.HOME && `${process.env.HOME}/.cache`);
  if (cache) process.getBuiltinModule('node:module').enableCompileCache(`${cache}/gitfed/node`);
}
