import type { JsonObject, JsonValue } from '../core/index.ts';
import { isJsonObject } from '../core/index.ts';
import { listOf, mappingOf } from './object-fields.ts';

/** Hands out addresses of Services and ports of nodes; none comes back. */
export class ServiceAddresses {
  #next = 10;
  #nextPort = 30_000;

  /** A new Service with its address, unless it asks for one, for none (`None`) or needs none. */
  assign(service: JsonObject): JsonObject {
    const spec = mappingOf(service.spec);
    if (spec.type === 'ExternalName') return service;
    const address = typeof spec.clusterIP === 'string' && spec.clusterIP !== '' ? spec.clusterIP : this.#address();
    const isOpen = spec.type === 'NodePort' || spec.type === 'LoadBalancer';
    const ports = listOf(spec.ports).map((port) => (isOpen ? this.#withNodePort(port) : port));
    const assigned = { clusterIP: address, clusterIPs: [address], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' };
    return {
      ...service,
      spec: { ...spec, ...assigned, ...(ports.length === 0 ? {} : { ports }) },
    };
  }

  #address(): string {
    this.#next += 1;
    return `10.96.${Math.floor(this.#next / 250) % 256}.${(this.#next % 250) + 1}`;
  }

  #withNodePort(port: JsonValue): JsonValue {
    if (!isJsonObject(port) || port.nodePort !== undefined) return port;
    this.#nextPort += 1;
    return { ...port, nodePort: this.#nextPort };
  }
}

/** Addresses are assigned once; leaving them out keeps them. */
export function keepAddresses(live: JsonObject, object: JsonObject): JsonObject {
  const was = mappingOf(live.spec);
  const is = mappingOf(object.spec);
  if (is.type === 'ExternalName' || was.type === 'ExternalName') return object;
  const fields = ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'healthCheckNodePort'];
  const missing = fields.filter((field) => isUnset(is[field]) && was[field] !== undefined);
  const kept = Object.fromEntries(missing.map((field) => [field, was[field] ?? null]));
  return { ...object, spec: { ...is, ...kept } };
}

function isUnset(value: JsonValue | undefined): boolean {
  return value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
}
