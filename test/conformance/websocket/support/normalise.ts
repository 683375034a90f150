/** Ids, times and traces by their kind, so that what is left can be compared. */
export function normaliseEvent(text: string, apiId: string): string {
  return text
    .replaceAll(apiId, '<api>')
    .replaceAll(/(?<![\w=-])[\w-]{15}=(?!=)/g, '<id>')
    .replaceAll(/Root=1-[0-9a-f]{8}-[0-9a-f]{24}/g, '<trace>')
    .replaceAll(/\d\d\/[A-Z][a-z]{2}\/\d{4}(:\d\d){3} \+0000/g, '<time>')
    .replaceAll(/"(connectedAt|requestTimeEpoch)":\d{13}/g, '"$1":"<epoch>"')
}

/** Every member by its path. */
export function pathsOf(value: unknown, path: string = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path]
  const prefix = path === '' ? '' : `${path}.`
  return Object.entries(value).flatMap(([name, member]) => [prefix + name, ...pathsOf(member, prefix + name)])
}
