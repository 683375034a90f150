const REFERENCE = /\$\{stageVariables\.([A-Za-z0-9_]+)\}/g

/** Replaces `${stageVariables.x}`; unknown variables are empty. Nothing else of the form `${…}` is replaced. */
export function withStageVariables(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(REFERENCE, (_, name: string) =>
    Object.hasOwn(variables, name) ? (variables[name] as string) : '',
  )
}
