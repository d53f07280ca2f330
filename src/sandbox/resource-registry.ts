import { isJsonObject, type JsonObject } from '../core/index.ts';
import { builtinResources } from './builtin-resources.ts';
import { customResources } from './custom-resource.ts';
import { mappingOf, metadataOf, stringOf } from './object-fields.ts';
import { apiVersionOf, type SandboxResource, storageKey } from './served-resource.ts';

let shared: ReadonlyMap<string, SandboxResource> | undefined;

/** One table for all clusters of this process. */
function builtins(): ReadonlyMap<string, SandboxResource> {
  shared ??= new Map(builtinResources().map((resource) => [targetKey(resource), resource]));
  return shared;
}

type Target = Pick<SandboxResource, 'group' | 'version' | 'plural'>;

function targetKey({ group, version, plural }: Target): string {
  return `${group}/${version}/${plural}`;
}

/** The kinds that one cluster serves. */
export class ResourceRegistry {
  /** By name of their definition. */
  readonly #custom = new Map<string, readonly SandboxResource[]>();
  #byTarget = new Map<string, SandboxResource>();

  find(target: Target): SandboxResource | undefined {
    const key = targetKey(target);
    return builtins().get(key) ?? this.#byTarget.get(key);
  }

  /** In its preferred version. */
  ofStorage(storage: string): SandboxResource | undefined {
    return this.all.find((resource) => storageKey(resource) === storage);
  }

  ofKind(apiVersion: string, kind: string): SandboxResource | undefined {
    return this.all.find((resource) => resource.kind === kind && apiVersionOf(resource) === apiVersion);
  }

  /** Each version of each kind, the preferred one first. */
  get all(): readonly SandboxResource[] {
    return [...builtins().values(), ...[...this.#custom.values()].flat()];
  }

  hasVersion({ group, version }: Pick<SandboxResource, 'group' | 'version'>): boolean {
    return this.all.some((resource) => resource.group === group && resource.version === version);
  }

  /** Serves what a CustomResourceDefinition defines. @returns the names that another one has; none when all is well. */
  define(definition: JsonObject): readonly string[] {
    const name = stringOf(metadataOf(definition).name);
    const taken = this.#takenNames(name, definition);
    if (taken.length === 0) this.#set(name, customResources(definition));
    return taken;
  }

  remove(name: string): void {
    this.#set(name, []);
  }

  /** What a definition that is accepted defines. */
  definedBy(name: string): readonly SandboxResource[] {
    return this.#custom.get(name) ?? [];
  }

  #set(name: string, resources: readonly SandboxResource[]): void {
    if (resources.length === 0) this.#custom.delete(name);
    else this.#custom.set(name, resources);
    this.#byTarget = new Map([...this.#custom.values()].flat().map((resource) => [targetKey(resource), resource]));
  }

  #takenNames(name: string, definition: JsonObject): readonly string[] {
    const spec = mappingOf(definition.spec);
    const names = mappingOf(spec.names);
    const others = this.all.filter(
      (resource) => resource.group === spec.group && !this.definedBy(name).includes(resource),
    );
    const wanted = [names.plural, names.kind, names.singular].filter((one) => typeof one === 'string');
    const used = new Set(others.flatMap(({ plural, kind, singular }) => [plural, kind, singular]));
    return wanted.filter((one) => used.has(one));
  }
}

/** Conditions as the controllers of CustomResourceDefinitions write them. */
export function definitionStatus(definition: JsonObject, taken: readonly string[], now: string): JsonObject {
  const spec = mappingOf(definition.spec);
  const before = mappingOf(definition.status);
  const isAccepted = taken.length === 0;
  const wasEstablished = Array.isArray(before.conditions) && before.conditions.some(isEstablished);
  const condition = (type: string, isTrue: boolean, reason: string, message: string): JsonObject => ({
    type,
    status: isTrue ? 'True' : 'False',
    lastTransitionTime: transitionTime(before, type, isTrue ? 'True' : 'False') ?? now,
    reason,
    message,
  });
  const versions = Array.isArray(spec.versions) ? (spec.versions as readonly JsonObject[]) : [];
  return {
    conditions: [
      isAccepted
        ? condition('NamesAccepted', true, 'NoConflicts', 'no conflicts found')
        : condition(
            'NamesAccepted',
            false,
            'NameConflict',
            `${taken.map((one) => `"${one}"`).join(', ')} is already in use`,
          ),
      isAccepted || wasEstablished
        ? condition('Established', true, 'InitialNamesAccepted', 'the initial names have been accepted')
        : condition('Established', false, 'NotAccepted', 'not all names are accepted'),
    ],
    acceptedNames: isAccepted ? mappingOf(spec.names) : mappingOf(before.acceptedNames),
    storedVersions: versions.filter(({ storage }) => storage === true).map(({ name }) => stringOf(name)),
  };
}

function isEstablished(condition: unknown): boolean {
  return isJsonObject(condition) && condition.type === 'Established' && condition.status === 'True';
}

function transitionTime(status: JsonObject, type: string, value: string): string | undefined {
  const conditions = Array.isArray(status.conditions) ? (status.conditions as readonly JsonObject[]) : [];
  const found = conditions.find((one) => one.type === type && one.status === value);
  return typeof found?.lastTransitionTime === 'string' ? found.lastTransitionTime : undefined;
}
