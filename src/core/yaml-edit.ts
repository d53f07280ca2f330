import { isJsonObject, type JsonValue, jsonEquals } from './json.ts';
import { jsonLayoutOf } from './json-layout.ts';
import type { NodePath } from './source.ts';
import { EditRefusal, editValue, type SourceEdit } from './source-edit.ts';
import { addBlockEntry, addBlockItem, removeFromBlock, replaceInBlock } from './yaml-edit-block.ts';
import { addToFlow, removeFromFlow, replaceInFlow } from './yaml-edit-flow.ts';
import type { BlockStyle } from './yaml-edit-text.ts';
import { scanDocument } from './yaml-events.ts';
import { readJsonDocument } from './yaml-json.ts';
import { type LayoutNode, layoutOf } from './yaml-layout.ts';
import { everyNode, followPath, type NodePlace } from './yaml-places.ts';
import { readYaml, splitDocuments, type YamlLimits } from './yaml-read.ts';
import { applySplices, type Splice, TextLines } from './yaml-splice.ts';

export type { SourceEdit } from './source-edit.ts';

/** A text with its edits, or why it stays as it is: `reason` continues a sentence that begins with the path. */
export type EditResult =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly path: NodePath; readonly reason: string };

export interface EditOptions {
  readonly limits: YamlLimits;
  /** Which document of the text, from 0, as `readYaml` counts them. Default: the first. */
  readonly document?: number;
}

/**
 * Edits a document of YAML or JSON where it stands, one edit after the other. Comments, quotes, line breaks and the layout of everything that is not
 * edited stay byte for byte; what is written goes on in the style around it.
 *
 * After each edit the text is read again, and must be the old value with the change, beside other documents that are what they were: else
 * nothing is edited. What an anchor shares with other places is not edited. Pure; never throws.
 */
export function editYaml(text: string, edits: readonly SourceEdit[], options: EditOptions): EditResult {
  let edited = text;
  for (const edit of edits) {
    try {
      edited = editOnce(edited, edit, options);
    } catch (error) {
      if (!(error instanceof EditRefusal)) throw error;
      return { ok: false, path: edit.path, reason: error.message };
    }
  }
  return { ok: true, text: edited };
}

/** The document of a text that a line belongs to (both from where `readYaml` and editors count), `undefined` for one in none. */
export function documentAtLine(text: string, line: number): number | undefined {
  const breaks = [...text.matchAll(/\r\n|\n|\r/g)];
  const offset = line <= 1 ? 0 : (breaks[line - 2]?.index ?? text.length) + 1;
  const index = splitDocuments(text).findIndex(
    ({ start, end }) => offset >= start - 1 && offset < Math.max(end, start + 1),
  );
  return index < 0 ? undefined : index;
}

function editOnce(text: string, edit: SourceEdit, { limits, document = 0 }: EditOptions): string {
  const places = splitDocuments(text);
  const place = places[document];
  const source = place === undefined ? '' : text.slice(place.start, place.end);
  const value = readOne(source, limits);
  if (place === undefined || value === undefined) throw new EditRefusal('is in a document that cannot be read');
  const expected = editValue(value, edit);
  const lines = new TextLines(source, text);
  const isJson = /^\s*\{/.test(source) && readJsonDocument(source, limits) !== undefined;
  const root = isJson ? jsonLayoutOf(source) : layoutOf(scanDocument(source, limits.depth));
  if (root === undefined) throw new EditRefusal('is in an empty document');
  const found = resolveEdit(root, value, edit);
  for (const isOneLine of [false, true]) {
    const style = { ...indentationOf(root, lines), isOneLine };
    const editor = { lines, isJson, space: spaceOf(root, lines, isJson), style };
    const edited = applySplices(source, splicesOf(editor, found));
    const result = text.slice(0, place.start) + edited + text.slice(place.end);
    const isSame = jsonEquals(readOne(edited, limits), expected);
    if (isSame && isSplitAs(result, places, { document, by: edited.length - source.length })) return result;
  }
  throw new EditRefusal('cannot be edited in place without changing something else: edit the file by hand');
}

/** The value of a text that is one document, `undefined` where it is none that can be read. */
function readOne(source: string, limits: YamlLimits): JsonValue | undefined {
  const [read, ...others] = readYaml('', source, limits);
  return read?.ok === true && others.length === 0 ? read.document.value : undefined;
}

/** Whether a text has the documents that it had, of which one has become longer: so nobody has to read the others again. */
function isSplitAs(
  text: string,
  before: ReturnType<typeof splitDocuments>,
  { document, by }: { readonly document: number; readonly by: number },
): boolean {
  const after = splitDocuments(text);
  return (
    after.length === before.length &&
    after.every(({ start, end }, index) => {
      const old = before[index];
      if (old === undefined) return false;
      return start === old.start + (index > document ? by : 0) && end === old.end + (index >= document ? by : 0);
    })
  );
}

/** An edit of what is written. */
type ResolvedEdit =
  | { readonly type: 'replace'; readonly place: NodePlace; readonly value: JsonValue }
  | {
      readonly type: 'add';
      readonly place: NodePlace;
      readonly key?: string;
      readonly index: number;
      readonly value: JsonValue;
    }
  | { readonly type: 'remove'; readonly place: NodePlace };

function resolveEdit(root: LayoutNode, value: JsonValue, edit: SourceEdit): ResolvedEdit {
  const path = edit.type === 'insert' ? edit.path.slice(0, -1) : edit.path;
  const { places, rest } = followPath(root, path);
  const place = places.at(-1);
  if (place === undefined) throw new EditRefusal('is not there');
  const resolved =
    edit.type === 'remove' && rest.length === 0 ? resolveRemoval(place) : resolveValue(value, edit, place, rest);
  refuseShared(root, places, resolved);
  return resolved;
}

function resolveValue(value: JsonValue, edit: SourceEdit, place: NodePlace, rest: NodePath): ResolvedEdit {
  const [step] = rest;
  const { node } = place;
  if (node.kind === 'alias' && (rest.length > 0 || edit.type === 'insert')) {
    throw new EditRefusal(`is what the alias *${node.anchor} stands for: write it out here first`);
  }
  const depth = edit.path.length - rest.length - (edit.type === 'insert' ? 1 : 0);
  const next = editValue(value, edit);
  // An explicit key overrides what comes from a merge before it; so whatever is below is written out whole.
  if (step !== undefined && node.kind === 'mapping') {
    if (edit.type === 'remove' && rest.length === 1) {
      throw new EditRefusal(
        'comes from a merge ("<<"): remove it where the merge takes it from, or write the mapping out',
      );
    }
    const added = valueAtPath(next, edit.path.slice(0, depth + 1));
    if (node.entries.length === 0)
      return { type: 'replace', place, value: valueAtPath(next, edit.path.slice(0, depth)) };
    return { type: 'add', place, key: `${step}`, index: node.entries.length, value: added };
  }
  if (edit.type === 'insert' && rest.length === 0 && node.items.length > 0) {
    return { type: 'add', place, index: Number(edit.path.at(-1)), value: edit.value };
  }
  return { type: 'replace', place, value: valueAtPath(next, edit.path.slice(0, depth)) };
}

/** What holds nothing any more is written as such: a key without a value would be null. */
function resolveRemoval(place: NodePlace): ResolvedEdit {
  const { parent } = place;
  if (parent === undefined) throw new EditRefusal('is the whole document');
  const { kind, entries, items } = parent.node;
  if (entries.length + items.length > 1) return { type: 'remove', place };
  return { type: 'replace', place: parent, value: kind === 'mapping' ? {} : [] };
}

function valueAtPath(root: JsonValue, path: NodePath): JsonValue {
  let value: JsonValue | undefined = root;
  for (const step of path) {
    value = Array.isArray(value) ? value[Number(step)] : isJsonObject(value) ? value[`${step}`] : undefined;
  }
  return value ?? null;
}

/** What an anchor names and an alias uses elsewhere must stay what it is. */
function refuseShared(root: LayoutNode, places: readonly NodePlace[], { type, place }: ResolvedEdit): void {
  const nodes = [...everyNode(root)];
  const used = new Set(nodes.flatMap(({ kind, anchor }) => (kind === 'alias' && anchor !== undefined ? [anchor] : [])));
  if (used.size === 0) return;
  const gone = type === 'add' ? [] : [...everyNode(place.node)];
  const shared = [...places.map(({ node }) => node), ...gone].find(
    ({ kind, anchor }) => kind !== 'alias' && anchor !== undefined && used.has(anchor),
  );
  if (shared === undefined) return;
  throw new EditRefusal(
    `is part of what the anchor &${shared.anchor} names, which other places use too: edit it by hand`,
  );
}

interface Editor {
  readonly lines: TextLines;
  readonly isJson: boolean;
  readonly space: string;
  readonly style: BlockStyle;
}

function splicesOf(editor: Editor, edit: ResolvedEdit): readonly Splice[] {
  const { place } = edit;
  const { node, parent } = place;
  if (edit.type === 'replace') {
    const isBlock = !editor.isJson && parent?.node.style !== 'flow';
    return isBlock ? replaceInBlock(editor, place, edit.value) : replaceInFlow(editor, place, edit.value);
  }
  if (edit.type === 'remove') {
    if (parent === undefined) return [];
    const item = parent.node.entries[place.index] ?? parent.node.items[place.index];
    if (parent.node.style !== 'block') return removeFromFlow(editor, parent.node, place.index);
    return item === undefined ? [] : removeFromBlock(editor, item);
  }
  const { key, index, value } = edit;
  if (node.style !== 'block') return addToFlow(editor, node, index, { value, ...(key === undefined ? {} : { key }) });
  return key === undefined ? addBlockItem(editor, node, index, value) : addBlockEntry(editor, node, [key, value]);
}

/** JSON may do without spaces. */
function spaceOf({ entries }: LayoutNode, { text }: TextLines, isJson: boolean): string {
  const [first] = entries;
  return isJson && first !== undefined ? text.slice(first.slot, first.node.start).replaceAll(/[\r\n]/g, '') : ' ';
}

/** As the first mapping and the first list below a key are indented. */
function indentationOf(root: LayoutNode, lines: TextLines): Pick<BlockStyle, 'step' | 'list'> {
  let step: number | undefined;
  let list: number | undefined;
  for (const { style, entries } of everyNode(root)) {
    if (style !== 'block') continue;
    for (const { start, slot, node } of entries) {
      if (node.style !== 'block' || !lines.isBelow(slot, node.contentStart)) continue;
      const indent = lines.columnOf(node.contentStart) - lines.columnOf(start);
      if (node.kind === 'mapping') step ??= indent;
      if (node.kind === 'sequence') list ??= indent;
    }
    if (step !== undefined && list !== undefined) break;
  }
  return { step: step ?? 2, list: list ?? 0 };
}
