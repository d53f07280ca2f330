import type { JsonValue } from '../core/index.ts';
import type { FieldChange } from './change-set.ts';
import { compareValues, isLongValue, shortValue, type ValueLine, valueLines } from './change-values.ts';
import type { Style } from './style.ts';
import { displayWidth, layoutLine, type Span, wrapText } from './text-layout.ts';

export interface ValueOptions {
  readonly style: Style;
  readonly columns: number | undefined;
}

/** From this width on, old and new stand side by side. */
const SIDE_BY_SIDE = 140;
const INDENT = 6;
const SEPARATOR = ' │ ';

/** The lines below a field's path: what it was, what it becomes, and in which clusters. */
export function formatValueChange(
  { type, before, after }: FieldChange,
  scope: string,
  options: ValueOptions,
): readonly string[] {
  const { style, columns } = options;
  const where: Span = { text: scope, paint: style.faint, isWhole: true };
  const line = (spans: readonly Span[]): readonly string[] => layoutLine(spans, columns, INDENT);
  if (type === 'reordered') return line([{ text: `reordered to ${shortValue(after ?? null)}` }, { text: '  ' }, where]);
  if (before !== undefined && after !== undefined) {
    if (isInLine(before, after, columns)) return line([...arrow(before, after, style), { text: '  ' }, where]);
    return [...line([where]), ...formatLines(compareValues(before, after), options)];
  }
  const [value, sign, paint] = after === undefined ? [before ?? null, '- ', style.removed] : [after, '+ ', style.added];
  const lines = valueLines(value);
  const [first, ...rest] = lines;
  if (rest.length === 0) return line([{ text: `${sign}${first ?? ''}`, paint }, { text: '  ' }, where]);
  return [...line([where]), ...lines.flatMap((text) => line([{ text: `${sign}${text}`, paint }]))];
}

function arrow(before: JsonValue, after: JsonValue, style: Style): readonly Span[] {
  return [
    { text: shortValue(before), paint: style.removed },
    { text: ' → ' },
    { text: shortValue(after), paint: style.added },
  ];
}

function isInLine(before: JsonValue, after: JsonValue, columns: number | undefined): boolean {
  if (isLongValue(before) || isLongValue(after)) return false;
  const width = displayWidth(`${shortValue(before)} → ${shortValue(after)}`);
  return columns === undefined || width <= columns - INDENT;
}

function formatLines(lines: readonly ValueLine[], { style, columns }: ValueOptions): readonly string[] {
  if (columns !== undefined && columns >= SIDE_BY_SIDE) return sideBySide(lines, style, columns);
  return lines.flatMap((line) => layoutLine(lineSpans(line, style), columns, INDENT, 4));
}

function lineSpans(line: ValueLine, style: Style): readonly Span[] {
  switch (line.type) {
    case 'gap':
      return [{ text: '  …', paint: style.faint }];
    case 'kept':
      return [{ text: `  ${line.line}` }];
    case 'removed':
      return [{ text: `- ${line.line}`, paint: style.removed }];
    case 'added':
      return [{ text: `+ ${line.line}`, paint: style.added }];
    default:
      return line satisfies never;
  }
}

/** What stands beside what: lines that go are put beside those that come in their place. */
interface Row {
  readonly left?: ValueLine;
  readonly right?: ValueLine;
}

function sideBySide(lines: readonly ValueLine[], style: Style, columns: number): readonly string[] {
  const cell = Math.floor((columns - INDENT - SEPARATOR.length) / 2);
  return pairLines(lines).flatMap(({ left, right }) => {
    const leftLines = cellLines(left, cell, style);
    const rightLines = cellLines(right, cell, style);
    return Array.from({ length: Math.max(leftLines.length, rightLines.length) }, (_, index) => {
      const { text, painted } = leftLines[index] ?? { text: '', painted: '' };
      const filled = `${painted}${' '.repeat(Math.max(cell - displayWidth(text), 0))}`;
      const line = `${' '.repeat(INDENT)}${filled}${style.faint(SEPARATOR.trimEnd())}`;
      const other = rightLines[index];
      return other === undefined || other.text === '' ? line : `${line} ${other.painted}`;
    });
  });
}

function pairLines(lines: readonly ValueLine[]): readonly Row[] {
  const rows: Row[] = [];
  let removed: ValueLine[] = [];
  let added: ValueLine[] = [];
  const flush = (): void => {
    for (let index = 0; index < Math.max(removed.length, added.length); index += 1) {
      const left = removed[index];
      const right = added[index];
      rows.push({ ...(left === undefined ? {} : { left }), ...(right === undefined ? {} : { right }) });
    }
    removed = [];
    added = [];
  };
  for (const line of lines) {
    if (line.type === 'removed') removed.push(line);
    else if (line.type === 'added') added.push(line);
    else {
      flush();
      rows.push({ left: line, right: line });
    }
  }
  flush();
  return rows;
}

interface CellLine {
  readonly text: string;
  readonly painted: string;
}

function cellLines(line: ValueLine | undefined, width: number, style: Style): readonly CellLine[] {
  if (line === undefined) return [];
  const [{ text, paint } = { text: '' }] = lineSpans(line, style);
  const sign = text.slice(0, 2);
  return wrapText(text.slice(2), width - 2).map((piece, index) => {
    const whole = `${index === 0 ? sign : '  '}${piece}`.trimEnd();
    return { text: whole, painted: paint === undefined || whole === '' ? whole : paint(whole) };
  });
}
