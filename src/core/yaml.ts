/** YAML as kubectl reads it, and as every YAML 1.1 and 1.2 reader reads it back. */

export { editValue } from './source-edit.ts';
export { documentAtLine, type EditOptions, type EditResult, editYaml, type SourceEdit } from './yaml-edit.ts';
export { keepYaml, keepYamlOfAll } from './yaml-kept.ts';
export { readYaml, type YamlLimits, type YamlProblem, type YamlResult } from './yaml-read.ts';
export { formatYaml } from './yaml-write.ts';
