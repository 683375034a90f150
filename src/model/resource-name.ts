/**
 * One taken name below a parent resource, so that creating a resource reads one record and not the whole tree.
 * The record's parent is the API, its id is `resourceNameId(…)`.
 */
export interface ResourceName {
  readonly resourceId: string
  readonly pathPart: string
}

/**
 * A parent may have one child by each name, and one variable child whatever its name (API Gateway refuses a
 * second): every variable child therefore takes the same name, `{}`.
 */
export function resourceNameId(parentId: string, pathPart: string): string {
  return `${parentId}/${pathPart.startsWith('{') ? '{}' : pathPart}`
}
