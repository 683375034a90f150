import type { DataType, Literal, Member, NamedType } from '../data-type.ts'
import { pascalCase, wordsOf, type Names } from '../names.ts'
import { plainLine, pythonText } from '../quoted.ts'

/**
 * Most members that are gathered from several objects for types that are all of them, which Python has to have written
 * out: models that are made of one another many times are of unknown type from there on.
 */
const gatheredMembersMax = 50_000

/** Names of types within types within types would grow with each. */
const hoistedNameCharactersMax = 80

/** The declarations of an API's types, and what they are called. */
export class PythonTypes {
  readonly #names: Names
  readonly #byKey: ReadonlyMap<string, { readonly name: string; readonly type: DataType }>
  readonly #declared: string[] = []
  /** Names of types that had none. Each is declared once: one may contain itself. */
  readonly #hoistedNames = new Map<DataType, string>()
  readonly #gathered = new Map<DataType, readonly Member[] | undefined>()
  #gatheredLeft = gatheredMembersMax

  constructor(types: readonly NamedType[], names: Names) {
    this.#names = names
    this.#byKey = new Map(
      types.map(({ key, label, type }) => [key, { name: names.claim(pascalCase(wordsOf(label))), type }]),
    )
    for (const { key, description, type } of types) {
      this.#declare(this.#byKey.get(key)?.name as string, type, description)
    }
  }

  /** All declarations: they name each other in texts alone, so that their order does not matter. */
  get declarations(): readonly string[] {
    return this.#declared
  }

  /** An annotation for a model. */
  named(key: string): string {
    return this.#byKey.get(key)?.name ?? 'Any'
  }

  #declare(name: string, type: DataType, description: string | undefined): void {
    const members = this.#members(type)
    const comment = description === undefined ? '' : `# ${plainLine(description)}\n`
    if (members === undefined || members.length === 0) {
      const alias = this.#expression(type, name, true)
      // A text alone would be a text.
      this.#declared.push(`${comment}${name} = ${alias.startsWith('"') ? `Union[${alias}]` : alias}\n`)
      return
    }
    const required = members.filter((member) => member.required)
    const optional = members.filter((member) => !member.required)
    if (required.length > 0 && optional.length > 0) {
      const needed = this.#names.claim(`_${name}Required`)
      const other = this.#names.claim(`_${name}Optional`)
      this.#declared.push(
        `${this.#typedDict(needed, required, name)}\n` +
          `${this.#typedDict(other, optional, name)}\n\n${comment}class ${name}(${needed}, ${other}):\n    pass\n`,
      )
    } else this.#declared.push(`${comment}${this.#typedDict(name, members, name)}`)
  }

  #typedDict(name: string, members: readonly Member[], hint: string): string {
    const rows = members.map((member) => {
      const inner = `${hint}${pascalCase(wordsOf(member.name)).replace(/^_/, '')}`
      return `        ${pythonText(member.name)}: ${pythonText(this.#expression(member.type, inner, false))},\n`
    })
    const total = members[0]?.required === true ? '' : '    total=False,\n'
    return `${name} = TypedDict(\n    ${pythonText(name)},\n    {\n${rows.join('')}    },\n${total})\n`
  }

  /** Of an object; of several that a value is at once, those of all. Undefined: not known to be an object. */
  #members(type: DataType | undefined): readonly Member[] | undefined {
    switch (type?.kind) {
      case 'object':
        return type.members
      case 'named':
        return this.#members(this.#byKey.get(type.key)?.type)
      case 'all': {
        if (!this.#gathered.has(type)) this.#gathered.set(type, this.#gather(type.of))
        return this.#gathered.get(type)
      }
      default:
        return undefined
    }
  }

  #gather(parts: readonly DataType[]): readonly Member[] | undefined {
    const byName = new Map<string, Member>()
    for (const part of parts) {
      const members = this.#members(part)
      if (members === undefined || (this.#gatheredLeft -= members.length) < 0) return undefined
      for (const member of members) {
        const known = byName.get(member.name)
        byName.set(member.name, { ...member, required: member.required || known?.required === true })
      }
    }
    return [...byName.values()]
  }

  /**
   * @param hint what a type without a name is called when Python wants it to have one
   * @param isRun whether it is looked at when the module is loaded: other types may come later then
   */
  #expression(type: DataType, hint: string, isRun: boolean): string {
    const inner = (part: DataType): string => this.#expression(part, hint, isRun)
    switch (type.kind) {
      case 'unknown':
        return 'Any'
      case 'null':
        return 'None'
      case 'literals':
        return literals(type.values)
      case 'list':
        return `List[${this.#expression(type.of, `${hint}Item`, isRun)}]`
      case 'either':
        return `Union[${[...new Set(type.of.map(inner))].join(', ')}]`
      case 'named':
        return isRun ? pythonText(this.named(type.key)) : this.named(type.key)
      case 'object':
      case 'all': {
        const members = this.#members(type)
        if (members !== undefined && members.length > 0) return this.#hoisted(type, hint, isRun)
        const rest = type.kind === 'object' ? type.rest : undefined
        return members === undefined ? 'Any' : `Dict[str, ${rest === undefined ? 'Any' : inner(rest)}]`
      }
      default:
        return SCALARS[type.kind]
    }
  }

  #hoisted(type: DataType, hint: string, isRun: boolean): string {
    let name = this.#hoistedNames.get(type)
    if (name === undefined) {
      name = this.#names.claim(hint.slice(0, hoistedNameCharactersMax))
      this.#hoistedNames.set(type, name)
      this.#declare(name, type, undefined)
    }
    return isRun ? pythonText(name) : name
  }
}

const SCALARS = { string: 'str', number: 'float', integer: 'int', boolean: 'bool' } as const

/** Python's literals are texts, whole numbers, booleans and None. */
function literals(values: readonly Literal[]): string {
  const written = values.map((value) => {
    if (typeof value === 'string') return pythonText(value)
    if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined
    return value === null ? 'None' : value ? 'True' : 'False'
  })
  return written.includes(undefined) ? 'Any' : `Literal[${[...new Set(written)].join(', ')}]`
}
