/** `/` and `pets` give `/pets`; `/pets` and `{petId}` give `/pets/{petId}`. */
export function childPath(parentPath: string, pathPart: string): string {
  return parentPath === '/' ? `/${pathPart}` : `${parentPath}/${pathPart}`
}

/** Whether `path` is `ancestor` or lies below it. */
export function isWithin(path: string, ancestor: string): boolean {
  return ancestor === '/' || path === ancestor || path.startsWith(`${ancestor}/`)
}

export function isGreedy(pathPart: string): boolean {
  return pathPart.endsWith('+}')
}

/** Letters, digits, `.`, `_`, `-`, `:`; or one variable, `{name}` or `{name+}`. */
export function isPathPart(pathPart: string): boolean {
  return /^(?:[A-Za-z0-9._:-]+|\{[A-Za-z0-9._:-]+\+?\})$/.test(pathPart)
}
