import {
  BUILTIN_TYPES,
  buildModel,
  findType,
  isCustomResourceDefinition,
  isFederationGroup,
  type Model,
  readDefinition,
  type TargetSchema,
  type TargetType,
  typeConfigName,
  withConfigured,
} from '../api/index.ts';
import { isJsonObject, type JsonObject, type JsonValue, readYaml } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { plainText } from '../report/plain-text.ts';
import { list } from '../report/wording.ts';
import { decryptSnapshot } from './decrypted-snapshot.ts';
import type { EnableOptions, TypeSettings, TypeSource } from './enable-options.ts';
import { discoverTypes, type LiveTypes } from './type-discovery.ts';
import type { TypeRepository } from './type-repository.ts';

/** A kind that is to be enabled, in the version that is meant. */
export interface WantedType {
  readonly target: TargetType;
  /** `Unknown` where nobody had to know. */
  readonly schema: TargetSchema;
  readonly settings: TypeSettings;
}

/**
 * Finds the kinds that are meant, where the options say that kinds are found.
 *
 * @throws {GitfedError} `USAGE` where there is none, or more than one; `CLUSTER` where a cluster does not answer.
 */
export async function findWantedTypes(
  repository: TypeRepository,
  options: EnableOptions,
): Promise<readonly WantedType[]> {
  const wanted = await lookUp(repository, options);
  for (const one of wanted) refuseUnfit(one, options);
  return wanted;
}

async function lookUp(repository: TypeRepository, options: EnableOptions): Promise<readonly WantedType[]> {
  const { source, type } = options;
  const { model } = repository.state;
  if (source === undefined) return [choose(required(type), { known: knownOffline(model), where: HERE }, options)];
  switch (source.kind) {
    case 'file':
      return fromFile(source, model, options);
    case 'described':
      return [described(source, options)];
    case 'context':
    case 'member':
      return await fromCluster(source, repository, options);
    default:
      return source satisfies never;
  }
}

function refuseUnfit({ target, schema }: WantedType, { crd, source }: EnableOptions): void {
  const name = typeConfigName(target);
  if (isFederationGroup(target.group)) {
    throw new GitfedError('USAGE', `${name} is a kind of the federation itself: it is not federated.`);
  }
  if (!crd || schema !== 'Unknown') return;
  const isLive = source?.kind === 'context' || source?.kind === 'member';
  const next = isLive
    ? 'The cluster has no CustomResourceDefinition of it: enable it without --crd.'
    : 'Name the file of its CustomResourceDefinition with --filename, or a cluster with --host-context or --cluster.';
  throw new GitfedError('USAGE', `The schema of ${name} is not known, which --crd needs. ${next}`);
}

const HERE =
  'among the built-in kinds and those of the repository. Name the file of its CustomResourceDefinition with --filename, or a cluster that has it with --host-context or --cluster';

function required(type: string | undefined): string {
  if (type !== undefined && type !== '') return type;
  throw new GitfedError('USAGE', 'Name the kind: gitfed enable deployments.apps');
}

/** The built-in kinds, those whose definitions are federated, and those of FederatedTypeConfigs. */
function knownOffline({ objects, types }: Model): readonly TargetType[] {
  const defined = objects.flatMap(({ target, template }) => {
    if (target.kind !== 'CustomResourceDefinition' || !template.ok) return [];
    const read = readDefinition(template.value);
    return read.ok ? [read.target] : [];
  });
  return withConfigured([...BUILTIN_TYPES, ...defined], types);
}

interface Known {
  readonly known: readonly TargetType[];
  /** Continues "There is no kind X". */
  readonly where: string;
  readonly isServed?: LiveTypes['served'];
}

function choose(text: string, { known, where, isServed }: Known, settings: TypeSettings): WantedType {
  const found = findType(text, known);
  if (found.type === 'several') {
    throw new GitfedError('USAGE', `${text} may be ${list(found.names, 20)}. Name one of them.`);
  }
  if (found.type === 'none') throw new GitfedError('USAGE', `There is no kind ${JSON.stringify(text)} ${where}.`);
  const version = settings.version ?? found.version ?? found.target.version;
  const { target } = found;
  const isKnown = target.schemas.has(version) || isServed?.(target, version) === true;
  if (!isKnown) {
    const versions = [...target.schemas.keys()].join(', ');
    throw new GitfedError(
      'USAGE',
      `${typeConfigName(target)} has no version ${plainText(version)} ${isServed === undefined ? 'that is known here' : 'in this cluster'}, but ${versions}.`,
    );
  }
  return {
    target: { ...target, version },
    schema: target.schemas.get(version) ?? 'Unknown',
    settings: { ...settings, version: settings.version ?? found.version },
  };
}

function described({ scope, plural }: Extract<TypeSource, { kind: 'described' }>, options: EnableOptions): WantedType {
  const text = required(options.type);
  const [group = '', version = '', kind = '', ...more] = text.split('/');
  if (kind === '' || more.length > 0) {
    throw new GitfedError(
      'USAGE',
      `${text} is not GROUP/VERSION/KIND, as --scope and --plural need it: example.com/v1/Widget`,
    );
  }
  const target = {
    group,
    version,
    kind,
    plural,
    scope,
    shortNames: [],
    schemas: new Map([[version, 'Unknown' as const]]),
  };
  return { target, schema: 'Unknown', settings: options };
}

async function fromCluster(
  source: Extract<TypeSource, { kind: 'context' | 'member' }>,
  { snapshot, state }: TypeRepository,
  options: EnableOptions,
): Promise<readonly WantedType[]> {
  const text = required(options.type);
  const ageKeyFile = source.kind === 'member' ? source.ageKeyFile : undefined;
  const model = ageKeyFile === undefined ? state.model : buildModel(await decryptSnapshot(snapshot, ageKeyFile));
  const live = await discoverTypes(source, model, options);
  try {
    const stale = [...live.staleGroups];
    const where =
      stale.length === 0
        ? 'in this cluster'
        : `in this cluster. What these groups have is not known, since their servers do not answer: ${list(stale)}`;
    const wanted = choose(text, { known: live.types, where, isServed: live.served }, options);
    const schema = options.crd ? await live.schema(wanted.target, wanted.target.version) : wanted.schema;
    return [{ ...wanted, schema }];
  } finally {
    live.close();
  }
}

const LIMITS = { documentNodes: 1_000_000, depth: 200 };

/** Every CustomResourceDefinition of a file, or the one that is named; and what EnableTypeDirectives name. */
function fromFile(
  { name, text }: Extract<TypeSource, { kind: 'file' }>,
  model: Model,
  options: EnableOptions,
): readonly WantedType[] {
  const objects = readYaml(name, text, LIMITS).flatMap((read): readonly JsonValue[] => {
    if (read.ok) return expandLists(read.document.value);
    throw new GitfedError('USAGE', `${name}:${read.error.position.line}: ${read.error.reason}`);
  });
  const defined = objects.filter(isCustomResourceDefinition).map((definition) => {
    const read = readDefinition(definition);
    if (read.ok) return read.target;
    const { name: called } = (definition['metadata'] ?? {}) as JsonObject;
    throw new GitfedError('USAGE', `${name}: CustomResourceDefinition ${String(called)} ${read.reason}.`);
  });
  const where = `in ${name}`;
  if (options.type !== undefined) return [choose(options.type, { known: defined, where }, options)];
  const directives = objects.filter(isDirective);
  if (defined.length + directives.length === 0) {
    throw new GitfedError('USAGE', `${name} holds no CustomResourceDefinition and no EnableTypeDirective.`);
  }
  const known = [...defined, ...knownOffline(model)];
  return [
    ...defined.map((target) => choose(typeConfigName(target), { known: [target], where }, options)),
    ...directives.map((directive) => fromDirective(directive, { known, where: HERE }, options)),
  ];
}

function expandLists(value: JsonValue): readonly JsonValue[] {
  if (!isJsonObject(value) || !Array.isArray(value['items'])) return [value];
  return (value['items'] as readonly JsonValue[]).flatMap(expandLists);
}

function isDirective(value: JsonValue): value is JsonObject {
  return isJsonObject(value) && value['kind'] === 'EnableTypeDirective';
}

/** What the directive says goes before what the command line says, as in kubefedctl. */
function fromDirective(directive: JsonObject, known: Known, options: EnableOptions): WantedType {
  const metadata = (directive['metadata'] ?? {}) as JsonObject;
  const spec = (directive['spec'] ?? {}) as JsonObject;
  const said = (key: string): string | undefined => {
    const value = isJsonObject(spec) ? spec[key] : undefined;
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const name = isJsonObject(metadata) ? metadata['name'] : undefined;
  if (typeof name !== 'string') throw new GitfedError('USAGE', 'An EnableTypeDirective has no metadata.name.');
  return choose(name, known, {
    statusCollection: options.statusCollection,
    version: said('targetVersion') ?? options.version,
    federatedGroup: said('federatedGroup') ?? options.federatedGroup,
    federatedVersion: said('federatedVersion') ?? options.federatedVersion,
  });
}
