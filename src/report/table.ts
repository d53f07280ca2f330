/**
 * Columns under upper-case titles, two spaces apart. The first `left` columns are aligned to the left, the others, being
 * numbers, to the right. Cells must be plain text of one line.
 */
export function formatTable(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  left: number,
): readonly string[] {
  const lines = [titles.map((title) => title.toUpperCase()), ...rows];
  const widths = titles.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines.map((line) =>
    line
      .map((cell, column) => (column < left ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
