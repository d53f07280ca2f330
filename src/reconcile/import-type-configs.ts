import type { JsonObject } from '../core/index.ts';
import { mappingIn, metadataOf, textIn } from './import-objects.ts';

/** What the import needs of a FederatedTypeConfig; whether it is in order is seen when the repository is read. */
export interface TypeSpec {
  /** `deployments.apps`. */
  readonly name: string;
  /** Of the federated kind. */
  readonly group: string;
  readonly kind: string;
  readonly version: string;
  readonly target: { readonly group: string; readonly kind: string };
  readonly isEnabled: boolean;
  readonly isNamespace: boolean;
  readonly isSecret: boolean;
}

/** Nothing for one that names no federated kind. Pure. */
export function readTypeSpec(config: JsonObject): readonly TypeSpec[] {
  const name = textIn(metadataOf(config), 'name');
  const spec = mappingIn(config, 'spec');
  const federated = mappingIn(spec, 'federatedType');
  const target = mappingIn(spec, 'targetType');
  const [group, kind] = [textIn(federated, 'group'), textIn(federated, 'kind')];
  if (kind === '' || group === '') return [];
  const dot = name.indexOf('.');
  const targetGroup = textIn(target, 'group') || (dot < 0 ? '' : name.slice(dot + 1));
  const targetKind = textIn(target, 'kind');
  return [
    {
      name,
      group,
      kind,
      version: textIn(federated, 'version'),
      target: { group: targetGroup, kind: targetKind },
      isEnabled: textIn(spec, 'propagation') === 'Enabled',
      isNamespace: targetGroup === '' && targetKind === 'Namespace',
      isSecret: targetGroup === '' && targetKind === 'Secret',
    },
  ];
}
