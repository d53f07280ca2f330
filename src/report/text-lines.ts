/** One line of the difference of two texts. */
export interface LineChange {
  readonly type: 'kept' | 'removed' | 'added';
  readonly line: string;
}

/** Above this many comparisons the middle is shown as replaced: the table would cost more than it tells. */
const MOST_CELLS = 4_000_000;

/** The difference of two texts by lines: the longest common subsequence, between a common beginning and end. Pure. */
export function compareLines(before: string, after: string): readonly LineChange[] {
  const left = before.split('\n');
  const right = after.split('\n');
  const start = commonLength(left, right, (lines, index) => lines[index]);
  const leftRest = left.slice(start);
  const rightRest = right.slice(start);
  const end = commonLength(leftRest, rightRest, (lines, index) => lines.at(-1 - index));
  const kept = (line: string): LineChange => ({ type: 'kept', line });
  return [
    ...left.slice(0, start).map(kept),
    ...compareMiddle(leftRest.slice(0, leftRest.length - end), rightRest.slice(0, rightRest.length - end)),
    ...left.slice(left.length - end).map(kept),
  ];
}

function commonLength(
  left: readonly string[],
  right: readonly string[],
  at: (lines: readonly string[], index: number) => string | undefined,
): number {
  const most = Math.min(left.length, right.length);
  let length = 0;
  while (length < most && at(left, length) === at(right, length)) length += 1;
  return length;
}

function compareMiddle(left: readonly string[], right: readonly string[]): readonly LineChange[] {
  const removed = (line: string): LineChange => ({ type: 'removed', line });
  const added = (line: string): LineChange => ({ type: 'added', line });
  if (left.length * right.length > MOST_CELLS) return [...left.map(removed), ...right.map(added)];

  const lengths = commonLengths(left, right);
  const width = right.length + 1;
  const common = (row: number, column: number): number => lengths[row * width + column] ?? 0;
  const changes: LineChange[] = [];
  let row = 0;
  let column = 0;
  while (row < left.length || column < right.length) {
    const leftLine = left[row];
    const rightLine = right[column];
    if (leftLine !== undefined && leftLine === rightLine) {
      changes.push({ type: 'kept', line: leftLine });
      row += 1;
      column += 1;
    } else if (
      leftLine !== undefined &&
      (rightLine === undefined || common(row + 1, column) >= common(row, column + 1))
    ) {
      changes.push(removed(leftLine));
      row += 1;
    } else {
      changes.push(added(rightLine ?? ''));
      column += 1;
    }
  }
  return changes;
}

/** Cell (i, j): the length of the longest common subsequence of `left` from i and `right` from j. */
function commonLengths(left: readonly string[], right: readonly string[]): Uint32Array {
  const width = right.length + 1;
  const cells = new Uint32Array((left.length + 1) * width);
  const cell = (row: number, column: number): number => cells[row * width + column] ?? 0;
  for (let row = left.length - 1; row >= 0; row -= 1) {
    for (let column = right.length - 1; column >= 0; column -= 1) {
      cells[row * width + column] =
        left[row] === right[column]
          ? cell(row + 1, column + 1) + 1
          : Math.max(cell(row + 1, column), cell(row, column + 1));
    }
  }
  return cells;
}
