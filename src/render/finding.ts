import { FINDING_CODES, type Finding, type FindingCode, locate, type NodePath, type SourceRef } from '../core/index.ts';

/** What rendering has to say about an object. */
export interface Remark {
  readonly code: FindingCode;
  readonly source: SourceRef;
  /** Below the object. */
  readonly path: NodePath;
  /** The object's name comes before it. */
  readonly text: string;
  /** As findings print it: `FederatedDeployment/shop/web`. */
  readonly object: string;
  readonly cluster?: string;
}

/** The finding of a remark, with its place looked up. */
export function toFinding({ code, source, path, text, object, cluster }: Remark): Finding {
  const { file, line, column } = locate(source, path);
  const about = cluster === undefined ? { object } : { cluster, object };
  return { severity: FINDING_CODES[code], code, message: `${object}: ${text}`, file, line, column, ...about };
}
