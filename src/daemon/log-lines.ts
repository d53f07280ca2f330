import { pino } from 'pino';
import { isJsonObject, parseJson } from '../core/index.ts';
import { withoutCredentials } from '../git/errors.ts';
import { plainText } from '../report/plain-text.ts';
import type { LogFormat, LogLevel } from './configuration.ts';

/** Where a log is written: whole lines. */
export interface LogStream {
  write(text: string): unknown;
}

/** What a line says besides its message; what is undefined is left out. */
export interface LogFields {
  readonly cluster?: string;
  /** Of the source commit. */
  readonly revision?: string;
  readonly object?: string;
  readonly trigger?: string;
  readonly [name: string]: string | number | boolean | undefined;
}

/** Writes lines of a log. */
export interface LogLines {
  write(level: LogLevel, message: string, fields?: LogFields): void;
  setLevel(level: LogLevel): void;
}

/**
 * Lines of JSON, or of text for people. Text that members and repositories wrote goes through {@link plainText} here, and URLs lose their
 * passwords, so that no caller has to think of it.
 */
export function createLogLines(
  { level, format }: { readonly level: LogLevel; readonly format: LogFormat },
  stream: LogStream,
): LogLines {
  const destination = format === 'json' ? stream : { write: (line: string) => stream.write(asText(line)) };
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination as { write(text: string): void },
  );
  return {
    write(lineLevel, message, fields = {}) {
      if (logger.isLevelEnabled(lineLevel)) logger[lineLevel](shownFields(fields), '%s', shown(message));
    },
    setLevel(next) {
      logger.level = next;
    },
  };
}

function shownFields(fields: LogFields): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => {
      if (value === undefined) return [];
      return [[name, typeof value === 'string' ? shown(value) : value]];
    }),
  );
}

function shown(text: string): string {
  return plainText(withoutCredentials(text));
}

/** `2026-01-01T00:00:00.000Z warn  message cluster=eu-1`. */
function asText(line: string): string {
  const value = parseJson(line);
  if (!isJsonObject(value)) return line;
  const { time, level, msg, ...fields } = value;
  const rest = Object.entries(fields).map(([name, field]) => `${name}=${quoted(`${field}`)}`);
  return `${[time, `${level}`.padEnd(5), msg, ...rest].join(' ')}\n`;
}

function quoted(text: string): string {
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
}
