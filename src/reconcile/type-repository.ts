import { lstatSync, realpathSync } from 'node:fs';
import path from 'node:path';
import type { Model, RepositorySnapshot } from '../api/index.ts';
import {
  compareText,
  documentAtLine,
  editYaml,
  formatFieldPath,
  formatYaml,
  type JsonObject,
  readYaml,
  type SourceEdit,
  type SourceRef,
} from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { findRepository, readWorkingTree } from '../git/index.ts';
import { textOf } from './accept-file.ts';
import type { FileChange } from './enable-options.ts';
import { type RenderedState, RepositoryMemo } from './repository-memo.ts';
import type { PlannedFile } from './write-together.ts';

/** A work tree or a plain folder, as it is before anything is edited. */
export interface TypeRepository {
  /** Where paths of files start. */
  readonly root: string;
  /** Of the chosen folder below the root, `''` for the root itself. */
  readonly prefix: string;
  readonly folder: string;
  readonly snapshot: RepositorySnapshot;
  readonly memo: RepositoryMemo;
  readonly state: RenderedState;
}

/** @throws {GitfedError} `USAGE` where there is no folder to write to. */
export async function openTypeRepository(folder: string): Promise<TypeRepository> {
  const memo = new RepositoryMemo();
  const snapshot = await readWorkingTree(folder, memo.reading);
  const repository = await findRepository(folder);
  const [root, prefix] =
    repository === undefined ? [realpathSync(folder), ''] : [repository.directory, repository.prefix];
  if (!lstatSync(path.join(root, prefix)).isDirectory()) {
    throw new GitfedError('USAGE', `${folder} is not a folder: name the repository, or a folder in it.`);
  }
  return { root, prefix, folder, snapshot, memo, state: memo.render(snapshot) };
}

interface Draft {
  readonly before?: string;
  readonly after?: string;
  readonly objects: readonly string[];
  readonly line?: number;
}

/** Edits of files of a repository that are thought of and not yet written. */
export class FileDrafts {
  readonly #repository: TypeRepository;
  readonly #drafts = new Map<string, Draft>();

  constructor(repository: TypeRepository) {
    this.#repository = repository;
  }

  get files(): readonly PlannedFile[] {
    return [...this.#drafts].flatMap(([file, { before, after }]) => {
      if (before === after) return [];
      return [{ file, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }];
    });
  }

  get changes(): readonly FileChange[] {
    return [...this.#drafts].map(([file, { before, after, objects, line }]): FileChange => {
      const action = before === after ? 'unchanged' : before === undefined ? 'created' : 'edited';
      return {
        file,
        action: after === undefined ? 'deleted' : action,
        before: before ?? '',
        after: after ?? '',
        objects,
        ...(line === undefined ? {} : { line }),
      };
    });
  }

  /** The repository as it would be. */
  get snapshot(): RepositorySnapshot {
    const { snapshot } = this.#repository;
    const kept = snapshot.entries.filter((entry) => !this.#drafts.has(entry.path));
    const drafted = [...this.#drafts].flatMap(([file, { after }]) => {
      if (after === undefined) return [];
      return [{ kind: 'file' as const, path: file, content: new TextEncoder().encode(after) }];
    });
    return { ...snapshot, entries: [...kept, ...drafted].toSorted((a, b) => compareText(a.path, b.path)) };
  }

  /** A new file with one object. @throws {GitfedError} `USAGE` where there is something else. */
  create(file: string, manifest: JsonObject): void {
    const found = lstatSync(path.join(this.#repository.root, file), { throwIfNoEntry: false });
    if (found !== undefined) {
      throw new GitfedError(
        'USAGE',
        `${file} is there already and does not hold ${nameOf(manifest)}: nothing is overwritten. Choose another folder with --output-dir.`,
      );
    }
    this.#drafts.set(file, { after: formatYaml(manifest), objects: [nameOf(manifest)], line: 1 });
  }

  /** Edits an object in place; without edits it is only mentioned. @throws {GitfedError} `USAGE` where that cannot be done. */
  edit(source: SourceRef, manifest: JsonObject, edits: readonly SourceEdit[]): void {
    const { file, text, line, drafted } = this.#open(source);
    const { limits } = this.#repository.state.model.configuration;
    const document = documentAtLine(drafted?.before ?? text, source.document.locate([]).line) ?? 0;
    const inPlace = edits.map((edit) => ({ ...edit, path: [...source.path, ...edit.path] }));
    const edited = editYaml(text, inPlace, { limits, document });
    if (!edited.ok) {
      throw new GitfedError(
        'USAGE',
        `${file}:${line}: ${formatFieldPath(edited.path)} ${edited.reason}. Nothing was written.`,
      );
    }
    const objects = [...(drafted?.objects ?? []), nameOf(manifest)];
    const before =
      drafted === undefined ? { before: text } : 'before' in drafted ? { before: drafted.before ?? '' } : {};
    this.#drafts.set(file, { ...before, after: edited.text, objects, line: drafted?.line ?? line });
  }

  /** Removes a file that holds this object and nothing else. @throws {GitfedError} `USAGE` where it holds more. */
  delete(source: SourceRef, manifest: JsonObject): void {
    const { file, text } = this.#openAlone(source, manifest, 'Remove it there by hand; nothing was deleted.');
    this.#drafts.set(file, { before: text, objects: [nameOf(manifest)] });
  }

  /** Writes a file that holds this object and nothing else anew. @throws {GitfedError} `USAGE` where it holds more. */
  replace(source: SourceRef, manifest: JsonObject): void {
    const { file, text } = this.#openAlone(source, manifest, 'Give it a file of its own; nothing was written.');
    this.#drafts.set(file, { before: text, after: formatYaml(manifest), objects: [nameOf(manifest)], line: 1 });
  }

  #openAlone(
    source: SourceRef,
    manifest: JsonObject,
    wayOut: string,
  ): { readonly file: string; readonly text: string } {
    const { file, text, line } = this.#open(source);
    const documents = readYaml(file, text, this.#repository.state.model.configuration.limits);
    const others = documents.filter((read) => !read.ok || read.document.value !== null);
    if (source.path.length === 0 && others.length <= 1) return { file, text };
    throw new GitfedError(
      'USAGE',
      `${file}:${line}: ${nameOf(manifest)} stands in a file with other objects. ${wayOut}`,
    );
  }

  #open(source: SourceRef): {
    readonly file: string;
    readonly text: string;
    readonly line: number;
    readonly drafted: Draft | undefined;
  } {
    const { file } = source.document;
    const drafted = this.#drafts.get(file);
    const text = drafted?.after ?? textOf(this.#repository.snapshot, file);
    return { file, text, line: source.document.locate(source.path).line, drafted };
  }
}

function nameOf(manifest: JsonObject): string {
  const { name } = manifest['metadata'] as JsonObject;
  return `${String(manifest['kind'])} ${String(name)}`;
}

/** A document of the repository whose `metadata.name` is this one, with the value that it has. */
export interface FoundDocument {
  readonly source: SourceRef;
  readonly value: JsonObject;
}

/** Finds a CustomResourceDefinition of this name. Only files that mention it are parsed. */
export function findDefinition({ snapshot, state }: TypeRepository, name: string): FoundDocument | undefined {
  for (const entry of snapshot.entries) {
    if (entry.kind !== 'file') continue;
    const content = Buffer.from(entry.content);
    if (!content.includes(name) || !content.includes('CustomResourceDefinition')) continue;
    for (const read of readYaml(entry.path, content.toString('utf8'), state.model.configuration.limits)) {
      if (!read.ok) continue;
      for (const path of [[], ...itemPaths(read.document.value)]) {
        const value = path.reduce<unknown>(
          (at, step) => (at as Record<string | number, unknown>)[step],
          read.document.value,
        );
        if (isNamed(value, name)) return { source: { document: read.document, path }, value: value as JsonObject };
      }
    }
  }
  return undefined;
}

function itemPaths(value: unknown): (string | number)[][] {
  const items = (value as { items?: unknown } | null)?.items;
  return Array.isArray(items) ? items.map((_, index) => ['items', index]) : [];
}

function isNamed(value: unknown, name: string): boolean {
  const { kind, metadata } = (value ?? {}) as { kind?: unknown; metadata?: { name?: unknown } | null };
  return kind === 'CustomResourceDefinition' && metadata?.name === name;
}

/** Where a new file goes, as a path below the root; `undefined` for a folder outside of the repository. */
export function newFile(
  { prefix, folder }: TypeRepository,
  name: string,
  outputDir: string | undefined,
): string | undefined {
  if (outputDir === undefined) return path.posix.join(prefix, 'types', `${name}.yaml`);
  const relative = path.relative(folder, outputDir);
  if (relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative)) return undefined;
  return path.posix.join(prefix, ...relative.split(path.sep), `${name}.yaml`);
}

/** The federated objects of one kind. */
export function objectsOf(
  model: Model,
  federated: { readonly group: string; readonly kind: string },
): Model['objects'] {
  return model.objects.filter(({ id }) => id.group === federated.group && id.kind === federated.kind);
}
