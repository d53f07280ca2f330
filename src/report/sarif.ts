import { createHash } from 'node:crypto';
import { compareText, FINDING_CODES, type Finding, type FindingCode, type JsonObject } from '../core/index.ts';
import { VERSION } from '../version.ts';
import { FINDING_HELP } from './finding-help.generated.ts';
import { messageWithCluster } from './findings.ts';
import { plainText } from './plain-text.ts';

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';
const PAGE = 'https://gitfed.io/docs/findings.md';

/** Paths are relative to it. Where it is, only those know who have the repository. */
const ROOT = '%SRCROOT%';

/** The file that stands for the whole repository: readers of SARIF such as GitHub refuse a result without a file. */
const WHOLE_REPOSITORY = 'gitfed.yaml';

const CODES = (Object.keys(FINDING_CODES) as FindingCode[]).toSorted(compareText);

/**
 * Findings as a log in the Static Analysis Results Interchange Format, which code scanning reads. The rules are all codes,
 * found or not; the same findings give the same log on any machine.
 *
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html
 */
export function findingsToSarif(findings: readonly Finding[]): JsonObject {
  const identify = createIdentifier();
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: { name: 'gitfed', version: VERSION, semanticVersion: VERSION, rules: CODES.map(describeRule) },
        },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { [ROOT]: { description: { text: 'The root of the repository.' } } },
        results: findings.map((finding) => describeResult(finding, identify(finding))),
      },
    ],
  };
}

function describeRule(code: FindingCode): JsonObject {
  const { meaning, remedy } = FINDING_HELP[code];
  const uri = `${PAGE}#${code.toLowerCase()}`;
  return {
    id: code,
    name: code,
    shortDescription: { text: firstSentence(meaning) },
    fullDescription: { text: meaning },
    defaultConfiguration: { level: FINDING_CODES[code] },
    help: { text: remedy, markdown: `${remedy}\n\n[More about ${code}](${uri})` },
    helpUri: uri,
  };
}

function firstSentence(text: string): string {
  return /^.*?\.(?=\s|$)/s.exec(text)?.[0] ?? text;
}

function describeResult(finding: Finding, identity: string): JsonObject {
  const { code, severity, file, line, column, cluster, object } = finding;
  const properties = {
    ...(cluster === undefined ? {} : { cluster: plainText(cluster) }),
    ...(object === undefined ? {} : { object: plainText(object) }),
  };
  return {
    ruleId: code,
    ruleIndex: CODES.indexOf(code),
    level: severity,
    message: { text: plainText(messageWithCluster(finding)) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: fileUri(file === '' ? WHOLE_REPOSITORY : file), uriBaseId: ROOT },
          region: { startLine: line, startColumn: column },
        },
        ...(object === undefined
          ? {}
          : { logicalLocations: [{ fullyQualifiedName: plainText(object), kind: 'resource' }] }),
      },
    ],
    partialFingerprints: { 'findingIdentity/v1': identity },
    ...(Object.keys(properties).length === 0 ? {} : { properties }),
  };
}

/** A path with everything escaped that a URI could take for something else; a colon too, which could end a scheme. */
function fileUri(file: string): string {
  return file
    .split('/')
    .map((part) => encodeURIComponent(part.toWellFormed()))
    .join('/');
}

/** Names findings so that one keeps its name when lines are added above it. Equal ones are counted in their order. */
function createIdentifier(): (finding: Finding) => string {
  const counts = new Map<string, number>();
  return ({ code, file, cluster = '', object = '', message }) => {
    const words = [code, file, cluster, object, withoutPlaces(message)];
    const identity = createHash('sha256').update(JSON.stringify(words)).digest('hex').slice(0, 32);
    const count = (counts.get(identity) ?? 0) + 1;
    counts.set(identity, count);
    return `${identity}:${count}`;
  };
}

/** Without the lines and columns of other places that a message names: `a.yaml:12:3`, `line 12, column 3`. */
function withoutPlaces(message: string): string {
  return message.replaceAll(/:\d+(?::\d+)?\b/g, ':').replaceAll(/\b(?<word>lines?|columns?) \d+/g, '$<word>');
}
