/** The options of these names that were given, as words of a command line, in the order of the names. */
export function optionWords(options: Readonly<Record<string, unknown>>, names: readonly string[]): readonly string[] {
  return names.flatMap((name) => {
    const value = options[name];
    if (value === undefined || value === false) return [];
    if (value === true) return [`--${name}`];
    // With the sign, a value that begins with a dash is no option.
    return [value].flat().map((item) => `--${name}=${item}`);
  });
}
