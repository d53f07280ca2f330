/** Who wants what, as an authorizer sees it. */
export interface AccessRequest {
  readonly user: string;
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

export type Authorize = (request: AccessRequest) => boolean;

export function verbOf(method: string, name: string, isWatch: boolean): string {
  switch (method) {
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return name === '' ? 'deletecollection' : 'delete';
    default:
      return name !== '' ? 'get' : isWatch ? 'watch' : 'list';
  }
}

/** The sentence of a refusal. */
export function refusalOf({ user, verb, group, resource, subresource, namespace }: AccessRequest): string {
  const what = subresource === '' ? resource : `${resource}/${subresource}`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  return `User "${user}" cannot ${verb} resource "${what}" in API group "${group}" ${where}`;
}
