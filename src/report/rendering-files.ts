import type { Model } from '../api/model.ts';
import type { JsonObject } from '../core/index.ts';
import { GitfedError } from '../errors.ts';
import { manifestYaml, outputFolder, pathInCluster } from '../render/index.ts';
import type { RenderedObject, Rendering } from '../render/types.ts';
import { type OutputSummary, writeOutputDirectory } from './output-directory.ts';

/** What a rendering is a part of. */
export interface RenderingScope {
  readonly model: Pick<Model, 'holds'>;
  /** The rendering holds some clusters only: the files of others are not ours to judge. */
  readonly isPart: boolean;
}

/** One object of one cluster as a file. */
export class RenderedFile {
  readonly path: string;
  readonly object: RenderedObject;

  constructor(path: string, object: RenderedObject) {
    this.path = path;
    this.object = object;
  }

  get manifest(): JsonObject {
    return this.object.manifest;
  }

  /** Made when it is asked for: the texts of all files would not fit into memory. */
  text(): string {
    return manifestYaml(this.object.manifest);
  }
}

/** A rendering as files, and which of those that an earlier one left may go. */
export interface RenderedFiles {
  /** Cluster by cluster. */
  readonly files: readonly RenderedFile[];
  /**
   * Whether a file that is no longer rendered may be removed.
   *
   * What may not be deleted in a cluster is not removed here either, because others apply from there: files of objects in error
   * stay, and where an error hides objects all of them do.
   */
  mayRemove(path: string): boolean;
  /** How many files errors kept, of those that were asked for. */
  heldBack(): number;
}

/** @throws {GitfedError} `USAGE` where two objects would have one path on a file system to which capitals do not count. */
export function renderedFiles({ clusters }: Rendering, { model, isPart }: RenderingScope): RenderedFiles {
  const files: RenderedFile[] = [];
  const heldPaths = new Set<string>();
  const folders: string[] = [];
  for (const { cluster, objects, held } of clusters) {
    const folder = outputFolder(cluster);
    folders.push(`${folder}/`);
    for (const object of objects) files.push(new RenderedFile(`${folder}/${pathInCluster(object.id)}`, object));
    for (const id of held) heldPaths.add(`${folder}/${pathInCluster(id)}`);
  }
  refuseDoubles(files);

  const heldBack = new Set<string>();
  return {
    files,
    mayRemove(path) {
      if (isPart && !folders.some((folder) => path.startsWith(folder))) return false;
      const isHeld = model.holds.length > 0 || heldPaths.has(path);
      if (isHeld) heldBack.add(path);
      return !isHeld;
    },
    heldBack: () => heldBack.size,
  };
}

/** Two kinds of one group may differ in case alone, and their objects then have one path where capitals do not count. */
function refuseDoubles(files: readonly RenderedFile[]): void {
  // Without the folders of clusters, which have no capitals: few paths, and nearly always enough to tell.
  const paths = new Set(files.map(({ object }) => pathInCluster(object.id)));
  if (new Set([...paths].map((path) => path.toLowerCase())).size === paths.size) return;
  const byPath = new Map<string, RenderedFile>();
  for (const file of files) {
    const other = byPath.get(file.path.toLowerCase());
    if (other !== undefined) {
      throw new GitfedError(
        'USAGE',
        `${other.path} and ${file.path} are one file where capitals do not count: nothing was written. Rename one of these objects, or render them with -o yaml.`,
      );
    }
    byPath.set(file.path.toLowerCase(), file);
  }
}

/**
 * Writes a rendering into a directory: one file for each object of each cluster.
 *
 * @throws {GitfedError} as {@link renderedFiles} and {@link writeOutputDirectory}.
 */
export function writeRendering(directory: string, rendering: Rendering, scope: RenderingScope): OutputSummary {
  const { files, mayRemove, heldBack } = renderedFiles(rendering, scope);
  const summary = writeOutputDirectory(directory, files, mayRemove);
  return { ...summary, kept: heldBack() };
}
