import type { JsonObject } from '../core/index.ts';
import type { AccessRequest, Authorize } from './access.ts';
import { mappingOf, stringOf } from './object-fields.ts';

/** What answers at once and is not kept: questions of a client about itself. `undefined` for any other path. */
export function answerReview(
  path: string,
  body: JsonObject,
  { user, authorize }: { readonly user: string; readonly authorize: Authorize | undefined },
): JsonObject | undefined {
  switch (path) {
    case '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews': {
      const wanted = accessOf(body, user);
      const allowed = authorize === undefined || authorize(wanted);
      return { ...body, metadata: {}, status: { allowed, ...(allowed ? {} : { reason: 'the sandbox was told so' }) } };
    }
    case '/apis/authentication.k8s.io/v1/selfsubjectreviews':
      return { ...body, metadata: {}, status: { userInfo: { username: user, groups: ['system:authenticated'] } } };
    default:
      return undefined;
  }
}

function accessOf(body: JsonObject, user: string): AccessRequest {
  const attributes = mappingOf(mappingOf(body.spec).resourceAttributes);
  const text = (key: string): string => stringOf(attributes[key]);
  return {
    user,
    verb: text('verb'),
    group: text('group'),
    resource: text('resource'),
    subresource: text('subresource'),
    namespace: text('namespace'),
    name: text('name'),
  };
}
