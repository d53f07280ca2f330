/** A fenced code block of a Markdown page. */
export interface CodeBlock {
  /** The first word after the fence. */
  readonly kind: string;
  /** The other words: `exit=1` is `exit` → `1`, a bare word has the value ''. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly content: string;
  /** Of the opening fence, from 1. */
  readonly line: number;
}

const FENCE = /^(?<indent> {0,3})(?<fence>`{3,}|~{3,})(?<info>.*)$/;

/** Every fenced block of a page, in order. @throws where one is not closed. */
export function codeBlocks(markdown: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  const lines = markdown.split('\n');
  for (let at = 0; at < lines.length; at++) {
    const { indent = '', fence, info = '' } = FENCE.exec(lines[at] ?? '')?.groups ?? {};
    if (fence === undefined) continue;
    const end = lines.findIndex((line, index) => index > at && line.trim() === fence);
    if (end < 0) throw new Error(`the block that opens in line ${at + 1} is not closed`);
    const content = lines
      .slice(at + 1, end)
      .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line));
    blocks.push({ ...infoOf(info), content: content.map((line) => `${line}\n`).join(''), line: at + 1 });
    at = end;
  }
  return blocks;
}

function infoOf(info: string): Pick<CodeBlock, 'kind' | 'attributes'> {
  const [kind = '', ...words] = info.trim().split(/\s+/);
  const attributes = words.map((word): [string, string] => {
    const equals = word.indexOf('=');
    return equals < 0 ? [word, ''] : [word.slice(0, equals), word.slice(equals + 1)];
  });
  return { kind, attributes: new Map(attributes) };
}

/** The repository that a page starts with: `<!-- repository: examples/repo -->` on a line of its own. */
export function startingRepository(markdown: string): string | undefined {
  return /^<!-- repository: (?<path>\S+) -->$/m.exec(markdown)?.groups?.path;
}

export interface ConsoleStep {
  readonly command: string;
  /** What must be printed; a line `...` stands for any number of lines. */
  readonly expected: readonly string[];
}

/** The commands of a `console` block: lines that start with `$ `, each followed by what it prints. */
export function consoleSteps(content: string): ConsoleStep[] {
  const steps: { command: string; expected: string[] }[] = [];
  for (const line of content.replace(/\n$/, '').split('\n')) {
    if (line.startsWith('$ ')) {
      steps.push({ command: line.slice(2), expected: [] });
      continue;
    }
    const step = steps.at(-1);
    if (step === undefined) throw new Error('a console block starts with a command: a line that begins with "$ "');
    step.expected.push(line);
  }
  return steps;
}

/** Whether printed lines are the expected ones, where `...` stands for any number of lines. Trailing blanks do not count. */
export function matchesOutput(expected: readonly string[], actual: readonly string[]): boolean {
  const [first, ...rest] = expected;
  if (first === undefined) return actual.length === 0;
  if (first.trim() === '...') {
    return Array.from({ length: actual.length + 1 }, (_, skipped) => skipped).some((skipped) =>
      matchesOutput(rest, actual.slice(skipped)),
    );
  }
  const [line, ...others] = actual;
  return line !== undefined && line.trimEnd() === first.trimEnd() && matchesOutput(rest, others);
}
