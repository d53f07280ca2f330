/** Labels and annotations that mean something to whoever writes members. */
export const PART_OF_LABEL = 'applyset.kubernetes.io/part-of';
export const APPLYSET_ID_LABEL = 'applyset.kubernetes.io/id';
export const TOOLING_ANNOTATION = 'applyset.kubernetes.io/tooling';
export const GROUP_KINDS_ANNOTATION = 'applyset.kubernetes.io/contains-group-kinds';
export const NAMESPACES_ANNOTATION = 'applyset.kubernetes.io/additional-namespaces';
export const MANAGED_LABEL = 'kubefed.io/managed';

/** On a member object: which manifest was applied, in a way that says nothing about it. */
export const APPLIED_ANNOTATION = 'gitfed.io/applied';
/** On a member object whose managed fields do not name every field that was applied: a hash of those that they do. */
export const FIELDS_ANNOTATION = 'gitfed.io/managed-fields';
/** On a member object: the file that it came from when it was last written. */
export const PATH_ANNOTATION = 'gitfed.io/path';

/** On a member object: when which of its fields was changed back, see `Corrections`. */
export const CORRECTIONS_ANNOTATION = 'gitfed.io/corrections';

export const ORPHAN_ANNOTATION = 'kubefed.io/orphan';
export const DELETE_OPTION_ANNOTATION = 'kubefed.io/deleteoption';
export const PRUNE_ANNOTATION = 'gitfed.io/prune';
export const DELETE_NAMESPACE_ANNOTATION = 'gitfed.io/delete-namespace';
/** On a federated object: it may be deleted and made anew where a field cannot be changed. */
export const RECREATE_ANNOTATION = 'gitfed.io/recreate';

/** What is read at pruning, when the file is gone: copied from the federated object to its member objects. */
export const RECORDED_ANNOTATIONS = [
  ORPHAN_ANNOTATION,
  DELETE_OPTION_ANNOTATION,
  PRUNE_ANNOTATION,
  DELETE_NAMESPACE_ANNOTATION,
  'gitfed.io/wave',
] as const;

/** Where the managed fields of an object have {@link APPLIED_ANNOTATION}. */
export const APPLIED_MARK = ['f:metadata', 'f:annotations', `f:${APPLIED_ANNOTATION}`] as const;
/** On a member object: a hash of fields of others that cannot be removed, so that nobody tries again in each pass. */
export const KEPT_ANNOTATION = 'gitfed.io/kept-fields';
