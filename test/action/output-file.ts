/** Reads the file of outputs as the runner does: `NAME<<DELIMITER`, the lines of the value, and the delimiter. */
export function parse(text: string): Readonly<Record<string, string>> {
  const lines = text.split('\n');
  const outputs: [string, string][] = [];
  for (let index = 0; index < lines.length - 1; index += 1) {
    const head = /^(?<name>[^<=]+)<<(?<delimiter>.+)$/.exec(lines[index] ?? '')?.groups;
    if (head === undefined) throw new Error(`no output begins with ${JSON.stringify(lines[index])}`);
    const end = lines.indexOf(head['delimiter'] ?? '', index + 1);
    outputs.push([head['name'] ?? '', lines.slice(index + 1, end).join('\n')]);
    index = end;
  }
  return Object.fromEntries(outputs);
}
