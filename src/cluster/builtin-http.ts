import process from 'node:process';

/**
 * Node's own modules, without importing them: an import reads every one of their exports, among which are those that load the whole of
 * `fetch`, at each start.
 */
export const nodeHttp = process.getBuiltinModule('node:http');
export const nodeHttps = process.getBuiltinModule('node:https');
