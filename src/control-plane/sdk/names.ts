/** Runs of ASCII letters and digits: all that every language takes in a name. Accents are taken off letters. */
export function wordsOf(text: string): readonly string[] {
  return (
    text
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .match(/[A-Za-z0-9]+/g) ?? []
  )
}

/** `pets petId` → `PetsPetId`; capitals within words are the owner's. */
export function pascalCase(words: readonly string[]): string {
  return identifier(words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(''))
}

/** `Pets petId` → `petsPetId` */
export function camelCase(words: readonly string[]): string {
  const name = pascalCase(words)
  return name.charAt(0).toLowerCase() + name.slice(1)
}

/** `pets petId` → `pets_pet_id`, `XMLFile` → `xml_file` */
export function snakeCase(words: readonly string[]): string {
  const parts = words.flatMap((word) =>
    word.replace(/([a-z0-9])(?=[A-Z])|([A-Z])(?=[A-Z][a-z])/g, '$1$2 ').split(' '),
  )
  return identifier(parts.join('_').toLowerCase())
}

/** `Pet Store (old)` → `pet-store-old` */
export function kebabCase(text: string): string {
  return wordsOf(text).join('-').toLowerCase()
}

function identifier(text: string): string {
  return /^[A-Za-z]/.test(text) ? text : `_${text}`
}

/** Names of one scope: each is given once. The same wishes in the same order get the same names. */
export class Names {
  readonly #taken: Set<string>

  /** @param reserved what the language or the code around has for itself */
  constructor(reserved: Iterable<string>) {
    this.#taken = new Set(reserved)
  }

  /** The name wished for, with a number when it is taken. */
  claim(wish: string): string {
    let name = wish
    for (let number = 2; this.#taken.has(name); number++) name = `${wish}${number}`
    this.#taken.add(name)
    return name
  }
}
