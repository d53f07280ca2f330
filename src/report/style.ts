/** Words in colour, or not. */
export interface Style {
  error(text: string): string;
  warning(text: string): string;
  added(text: string): string;
  removed(text: string): string;
  changed(text: string): string;
  strong(text: string): string;
  faint(text: string): string;
}

type Colour = keyof Style;

const CODES: Readonly<Record<Colour, number>> = {
  error: 31,
  warning: 33,
  added: 32,
  removed: 31,
  changed: 33,
  strong: 1,
  faint: 2,
};

/** ANSI colours where `colour` is true, the text itself otherwise. Give it text that {@link plainText} has made safe. */
export function createStyle(colour: boolean): Style {
  const paint =
    (code: number) =>
    (text: string): string =>
      colour ? `\u001b[${code}m${text}\u001b[0m` : text;
  return {
    error: paint(CODES.error),
    warning: paint(CODES.warning),
    added: paint(CODES.added),
    removed: paint(CODES.removed),
    changed: paint(CODES.changed),
    strong: paint(CODES.strong),
    faint: paint(CODES.faint),
  };
}
