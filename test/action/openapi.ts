import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: object & { readonly type?: string };
}

interface Content {
  readonly content?: { readonly 'application/json'?: { readonly schema: object } };
}

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Content & { readonly required?: boolean };
  readonly responses: Readonly<Record<string, Content>>;
}

interface Extract {
  readonly source: { readonly package: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** As `scripts/generate-github-openapi.ts` wrote it. */
export const extract = JSON.parse(readFileSync(join(import.meta.dirname, 'github-openapi.json'), 'utf8')) as Extract;

/** A request as GitHub's description has it. */
export interface MatchedRequest {
  readonly operation: string;
  readonly path: Readonly<Record<string, string>>;
}

/** Holds requests and answers against what GitHub publishes of its API. */
export class GitHubDescription {
  readonly #ajv = new Ajv({ strict: false, allErrors: true, coerceTypes: false });
  readonly #schemas = new Map<object, ValidateFunction>();

  constructor() {
    addFormats.default(this.#ajv);
  }

  /** @returns what is wrong with it, or which operation it is. */
  checkRequest(method: string, url: URL, body: unknown): MatchedRequest | { readonly problems: readonly string[] } {
    const found = this.#find(method, url.pathname);
    if (found === undefined) return { problems: [`${method} ${url.pathname} is not in the description`] };
    const { operation, path } = found;
    const problems = [
      ...this.#checkParameters(operation, 'path', path),
      ...this.#checkParameters(operation, 'query', Object.fromEntries(url.searchParams)),
      ...this.#checkBody(operation, body),
    ];
    return problems.length > 0 ? { problems } : { operation: operation.operationId, path };
  }

  /** What is wrong with an answer. */
  checkAnswer(method: string, url: URL, status: number, body: unknown): readonly string[] {
    const operation = this.#find(method, url.pathname)?.operation;
    const described = operation?.responses[String(status)];
    // Any operation may be refused, and be answered by what stands before the API.
    if (described === undefined)
      return [401, 403, 404, 429, 502, 503].includes(status) ? [] : [`${status} is no answer of it`];
    const schema = described.content?.['application/json']?.schema;
    return schema === undefined ? (body === undefined ? [] : ['has a body']) : this.#check(schema, body);
  }

  #find(
    method: string,
    pathname: string,
  ): { readonly operation: Operation; readonly path: Record<string, string> } | undefined {
    for (const [template, operations] of Object.entries(extract.paths)) {
      const operation = operations[method.toLowerCase()];
      const pattern = new RegExp(`^${template.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
      const match = operation === undefined ? null : pattern.exec(pathname);
      if (operation !== undefined && match !== null) return { operation, path: { ...match.groups } };
    }
    return undefined;
  }

  #checkParameters(operation: Operation, place: 'path' | 'query', values: Readonly<Record<string, string>>): string[] {
    const known = (operation.parameters ?? []).filter((parameter) => parameter.in === place);
    const strange = Object.keys(values).filter((name) => !known.some((parameter) => parameter.name === name));
    return [
      ...strange.map((name) => `${name} is no parameter in the ${place}`),
      ...known.flatMap(({ name, required, schema }) => {
        const text = values[name];
        if (text === undefined) return required === true ? [`${name} is missing`] : [];
        return this.#check(schema, schema.type === 'integer' ? Number(text) : decodeURIComponent(text));
      }),
    ];
  }

  #checkBody({ requestBody }: Operation, body: unknown): readonly string[] {
    const schema = requestBody?.content?.['application/json']?.schema;
    if (schema === undefined) return body === undefined ? [] : ['takes no body'];
    if (body === undefined) return requestBody?.required === true ? ['has no body'] : [];
    return this.#check(schema, body);
  }

  #check(schema: object, value: unknown): readonly string[] {
    const known = this.#schemas.get(schema) ?? this.#ajv.compile(toJsonSchema(schema) as object);
    this.#schemas.set(schema, known);
    if (known(value)) return [];
    return (known.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);
  }
}

/** OpenAPI 3.0 has a word of its own for what may be null. */
function toJsonSchema(value: unknown, isNames = false): unknown {
  if (Array.isArray(value)) return value.map((item) => toJsonSchema(item));
  if (typeof value !== 'object' || value === null) return value;
  const { nullable, ...rest } = value as { readonly nullable?: unknown };
  const entries = Object.entries(isNames ? value : rest).map(([key, inner]) => [
    key,
    key === 'enum' || key === 'default' ? inner : toJsonSchema(inner, !isNames && key === 'properties'),
  ]);
  const schema: object = Object.fromEntries(entries);
  return nullable === true && !isNames ? { anyOf: [schema, { type: 'null' }] } : schema;
}

interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly nullable?: boolean;
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}

const FORMATS: Readonly<Record<string, string>> = {
  uri: 'https://github.com/',
  'date-time': '2026-01-01T00:00:00Z',
  email: 'octocat@github.example',
};

/** The least that the description lets an operation answer, with what matters put in. @param within a property of it instead. */
export function sampleAnswer(operationId: string, status: number, values: object, within?: string): object {
  const operation = Object.values(extract.paths)
    .flatMap((operations) => Object.values(operations))
    .find((candidate) => candidate.operationId === operationId);
  const schema = operation?.responses[String(status)]?.content?.['application/json']?.schema as Schema | undefined;
  const chosen = within === undefined ? schema : schema?.properties?.[within];
  if (chosen === undefined) throw new Error(`${operationId} does not answer with ${status}`);
  const sample = sampleOf({ ...chosen, nullable: false });
  return Array.isArray(sample) ? sample : { ...(sample as object), ...values };
}

function sampleOf(schema: Schema): unknown {
  const [choice] = schema.oneOf ?? schema.anyOf ?? [];
  if (choice !== undefined) return sampleOf(choice);
  if (schema.nullable === true) return null;
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.allOf !== undefined) return Object.assign({}, ...schema.allOf.map(sampleOf));
  if (schema.type === 'array') return schema.items === undefined ? [] : [sampleOf(schema.items)];
  if (schema.type === 'integer' || schema.type === 'number') return 1;
  if (schema.type === 'boolean') return false;
  if (schema.type === 'string') return FORMATS[schema.format ?? ''] ?? '';
  const names = schema.required ?? [];
  return Object.fromEntries(names.map((name) => [name, sampleOf(schema.properties?.[name] ?? {})]));
}
