/** Members as the model names them. */
export type Uncapitalized<T> = {
  readonly [name in keyof T as name extends string ? Uncapitalize<name> : never]: T[name]
}

/** Members as the wire table of version 2 names them: `ApiId`. */
export type Capitalized<T> = {
  readonly [name in keyof T as name extends string ? Capitalize<name> : never]: T[name]
}

/** Of one structure, not of those in it: maps have names of their own. */
export function uncapitalized<T extends object>(members: T): Uncapitalized<T> {
  return renamed(members, (name) => name.charAt(0).toLowerCase() + name.slice(1)) as Uncapitalized<T>
}

/** Of one structure, not of those in it: maps have names of their own. */
export function capitalized<T extends object>(record: T): Capitalized<T> {
  return renamed(record, (name) => name.charAt(0).toUpperCase() + name.slice(1)) as Capitalized<T>
}

function renamed(members: object, rename: (name: string) => string): object {
  return Object.fromEntries(
    Object.entries(members).map(([name, member]) => [rename(name), member as unknown]),
  )
}
