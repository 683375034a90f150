/** Without a prototype: names come from templates and mappings. */
export function stageVariablesOf(
  variables: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  return Object.assign(Object.create(null) as Record<string, string>, variables)
}
