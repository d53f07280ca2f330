import { isJsonObject, type JsonObject } from '../core/index.ts';
import { mergeSchemaOf } from './merge-schema.ts';
import { listOf, mappingOf, metadataOf, stringOf } from './object-fields.ts';
import type { PrinterColumn, SandboxResource, ScalePaths } from './served-resource.ts';
import type { StatusCause } from './status-error.ts';

/** The versions that a CustomResourceDefinition says are served, in the order that clients prefer. */
export function customResources(definition: JsonObject): readonly SandboxResource[] {
  const spec = mappingOf(definition.spec);
  const names = mappingOf(spec.names);
  const kind = stringOf(names.kind);
  const versions = listOf(spec.versions).filter(isJsonObject);
  return versions
    .filter(({ served }) => served === true)
    .map((version) => {
      const schema = mappingOf(mappingOf(version.schema).openAPIV3Schema);
      const subresources = mappingOf(version.subresources);
      const scale = scaleOf(subresources);
      return {
        group: stringOf(spec.group),
        version: stringOf(version.name),
        kind,
        listKind: stringOf(names.listKind) || `${kind}List`,
        plural: stringOf(names.plural),
        singular: stringOf(names.singular) || kind.toLowerCase(),
        isNamespaced: spec.scope === 'Namespaced',
        shortNames: stringsOf(names.shortNames),
        categories: stringsOf(names.categories),
        hasStatus: isJsonObject(subresources.status),
        hasGeneration: true,
        isCustom: true,
        schema,
        mergeSchema: mergeSchemaOf(schema),
        columns: columnsOf(version),
        ...(scale === undefined ? {} : { scale }),
      };
    })
    .sort((a, b) => compareVersions(a.version, b.version));
}

function stringsOf(value: JsonObject[string] | undefined): readonly string[] {
  return listOf(value).filter((item) => typeof item === 'string');
}

function scaleOf({ scale }: JsonObject): ScalePaths | undefined {
  if (!isJsonObject(scale)) return undefined;
  const path = (text: JsonObject[string] | undefined): readonly string[] => stringOf(text).split('.').slice(1);
  return {
    spec: path(scale.specReplicasPath),
    status: path(scale.statusReplicasPath),
    ...(scale.labelSelectorPath === undefined ? {} : { selector: path(scale.labelSelectorPath) }),
  };
}

function columnsOf({ additionalPrinterColumns }: JsonObject): readonly PrinterColumn[] {
  return listOf(additionalPrinterColumns)
    .filter(isJsonObject)
    .map(({ name, type, jsonPath, priority }) => ({
      name: stringOf(name),
      type: stringOf(type),
      jsonPath: stringOf(jsonPath),
      priority: typeof priority === 'number' ? priority : 0,
    }));
}

/** General availability before beta before alpha, then the higher number; other names last. */
function compareVersions(a: string, b: string): number {
  return rank(b) - rank(a);
}

function rank(version: string): number {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (match === null) return -1;
  const stability = match[2] === undefined ? 2 : match[2] === 'beta' ? 1 : 0;
  return stability * 1_000_000 + Number(match[1]) * 1000 + Number(match[3] ?? 0);
}

/** What an API server refuses a definition for; the least of it. */
export function definitionProblems(definition: JsonObject): readonly StatusCause[] {
  const spec = mappingOf(definition.spec);
  const name = stringOf(metadataOf(definition).name);
  const wanted = `${stringOf(mappingOf(spec.names).plural)}.${stringOf(spec.group)}`;
  const versions = listOf(spec.versions).filter(isJsonObject);
  const required = (field: string): StatusCause => ({ reason: 'FieldValueRequired', message: 'Required value', field });
  const causes: StatusCause[] = [];
  if (name !== wanted) {
    const message = `Invalid value: "${name}": must be spec.names.plural+"."+spec.group`;
    causes.push({ reason: 'FieldValueInvalid', message, field: 'metadata.name' });
  }
  for (const field of ['group', 'scope']) if (stringOf(spec[field]) === '') causes.push(required(`spec.${field}`));
  for (const field of ['kind', 'plural'])
    if (stringOf(mappingOf(spec.names)[field]) === '') causes.push(required(`spec.names.${field}`));
  if (versions.filter(({ storage }) => storage === true).length !== 1) {
    const message = 'Invalid value: must have exactly one version marked as storage version';
    causes.push({ reason: 'FieldValueInvalid', message, field: 'spec.versions' });
  }
  for (const [index, version] of versions.entries()) {
    if (!isJsonObject(mappingOf(version.schema).openAPIV3Schema)) {
      causes.push({
        ...required(`spec.versions[${index}].schema.openAPIV3Schema`),
        message: 'Required value: schemas are required',
      });
    }
  }
  return causes;
}
