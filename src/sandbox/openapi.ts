import type { JsonObject } from '../core/index.ts';
import { apiVersionOf, type SandboxResource } from './served-resource.ts';

/**
 * As much of the schemas as kubectl asks for: which kinds there are, and that their requests take `dryRun` and `fieldValidation`. What an
 * object looks like is left open.
 */
export function openApiDocument(path: string, resources: readonly SandboxResource[]): JsonObject | undefined {
  if (path === '/openapi/v2') return { swagger: '2.0', info: INFO, paths: {}, definitions: {} };
  if (path === '/openapi/v3') return indexDocument(resources);
  const groupVersion = /^\/openapi\/v3\/(?:api|apis)\/(?<name>.+)$/.exec(path)?.groups?.name;
  const served = resources.filter((resource) => apiVersionOf(resource) === groupVersion);
  if (served.length === 0) return undefined;
  return {
    openapi: '3.0.0',
    info: INFO,
    paths: Object.fromEntries(served.map((resource) => [pathOf(resource), operations(resource)])),
    components: {
      schemas: Object.fromEntries(served.map((resource) => [schemaName(resource), schemaOf(resource)])),
    },
  };
}

const INFO = { title: 'Kubernetes', version: 'sandbox' };

function indexDocument(resources: readonly SandboxResource[]): JsonObject {
  const versions = [...new Set(resources.map(apiVersionOf))];
  const root = (version: string): string => (version.includes('/') ? `apis/${version}` : `api/${version}`);
  return {
    paths: Object.fromEntries(
      versions.map((version) => [root(version), { serverRelativeURL: `/openapi/v3/${root(version)}` }]),
    ),
  };
}

function pathOf(resource: SandboxResource): string {
  const root = resource.group === '' ? '/api' : '/apis';
  const namespace = resource.isNamespaced ? '/namespaces/{namespace}' : '';
  return `${root}/${apiVersionOf(resource)}${namespace}/${resource.plural}/{name}`;
}

function operations({ group, version, kind }: SandboxResource): JsonObject {
  const named = { 'x-kubernetes-group-version-kind': { group, version, kind } };
  const parameters = ['dryRun', 'fieldManager', 'fieldValidation', 'force'].map((name) => ({
    name,
    in: 'query',
    schema: { type: name === 'force' ? 'boolean' : 'string', uniqueItems: true },
  }));
  const write = (action: string): JsonObject => ({
    'x-kubernetes-action': action,
    ...named,
    parameters,
    responses: {},
  });
  return {
    get: { 'x-kubernetes-action': 'get', ...named, responses: {} },
    patch: write('patch'),
    put: write('put'),
    delete: write('delete'),
  };
}

function schemaName({ group, version, kind }: SandboxResource): string {
  return `${group === '' ? 'core' : group}.${version}.${kind}`;
}

function schemaOf({ group, version, kind, schema }: SandboxResource): JsonObject {
  return {
    ...(schema ?? { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }),
    'x-kubernetes-group-version-kind': [{ group, version, kind }],
  };
}
