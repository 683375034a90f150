import { Names, snakeCase, wordsOf } from '../names.ts'
import { plainLine, pythonText } from '../quoted.ts'
import { bodyForm, type Place, type SdkBody, type SdkOperation } from '../sdk-api.ts'
import { pythonKeywords } from './keywords.ts'
import type { PythonTypes } from './python-type.ts'

/** What methods have for themselves. */
const reserved = ['self', 'method', 'body', 'content_type', 'headers', 'query', 'timeout']

interface Argument {
  readonly name: string
  /** Annotation, and default where it may be left out. */
  readonly text: string
  readonly required: boolean
}

interface PlacedArgument extends Argument {
  readonly place: Place
  /** As the API calls it. */
  readonly wireName: string
}

/** A method of the client class. */
export function pythonMethod(name: string, operation: SdkOperation, types: PythonTypes): string {
  const { httpMethod, path, takesBody, bodies, answers, isSigned, needsApiKey } = operation
  const placed = placedArguments(operation)
  const rows = [
    ...(httpMethod === 'ANY' ? [argument('method', 'str', true)] : []),
    ...placed,
    ...(takesBody ? bodyArguments(bodies, types) : []),
    argument('headers', 'Mapping[str, str]', false),
    argument('query', 'Mapping[str, QueryValue]', false),
    argument('timeout', 'float', false),
  ]
  const needs = `${isSigned ? '; needs credentials' : ''}${needsApiKey ? '; needs an API key' : ''}`
  const at = (place: Place): string => {
    const here = placed.filter((one) => one.place === place)
    return `{${here.map((one) => `${pythonText(one.wireName)}: ${one.name}`).join(', ')}}`
  }
  const statuses = answers.map(({ status }) => `${status},`).join(' ')
  return `    def ${name}(
        self,
        *,
${rows.map((row) => `        ${row.text},\n`).join('')}    ) -> ${answerType(operation, types)}:
        # ${plainLine(`${httpMethod} ${path}${needs}`)}
        return self._call(
            ${httpMethod === 'ANY' ? 'method' : pythonText(httpMethod)},
            ${pythonText(path)},
            statuses=(${statuses}),
            signed=${isSigned ? 'True' : 'False'},
            path_values=${at('path')},
            query_values=${at('query')},
            header_values=${at('headers')},
            body=${takesBody ? 'body' : 'None'},
            content_type=${takesBody ? 'content_type' : 'None'},
            headers=headers,
            query=query,
            timeout=timeout,
        )
`
}

function placedArguments({ parameters }: SdkOperation): readonly PlacedArgument[] {
  const names = new Names([...pythonKeywords, ...reserved])
  const seen = new Set<string>()
  return parameters.flatMap(({ place, name: wireName, required }): PlacedArgument[] => {
    if (seen.has(`${place} ${wireName}`)) return []
    seen.add(`${place} ${wireName}`)
    const name = names.claim(snakeCase(wordsOf(wireName)))
    const type = place === 'query' ? 'QueryValue' : 'ParameterValue'
    return [{ ...argument(name, type, required), place, wireName }]
  })
}

function bodyArguments(bodies: readonly SdkBody[], types: PythonTypes): readonly Argument[] {
  const [first] = bodies
  const type = union(bodies.map((body) => bodyType(body, types)))
  return [
    first === undefined
      ? { name: 'body', text: 'body: Any = None', required: false }
      : argument('body', type, true),
    first === undefined
      ? argument('content_type', 'str', false)
      : {
          name: 'content_type',
          text: `content_type: str = ${pythonText(first.contentType)}`,
          required: false,
        },
  ]
}

function argument(name: string, type: string, required: boolean): Argument {
  return { name, required, text: required ? `${name}: ${type}` : `${name}: Optional[${type}] = None` }
}

/** What is declared; anything that succeeds where no success is. */
function answerType({ answers }: SdkOperation, types: PythonTypes): string {
  const declared = answers.map(({ status, bodies }) => {
    const body = bodies.length === 0 ? 'Any' : union(bodies.map((one) => bodyType(one, types)))
    return `Answer[Literal[${status}], ${body}]`
  })
  const isAnySuccess = !answers.some(({ status }) => status >= 200 && status <= 299)
  return union([...declared, ...(isAnySuccess ? ['Answer[int, Any]'] : [])])
}

function bodyType(body: SdkBody, types: PythonTypes): string {
  const form = bodyForm(body)
  if (form === 'json') return types.named(body.key)
  return form === 'text' ? 'str' : 'Any'
}

function union(types: readonly string[]): string {
  const [first = 'Any', ...others] = [...new Set(types)]
  if (first === 'Any' || others.includes('Any')) return 'Any'
  return others.length === 0 ? first : `Union[${[first, ...others].join(', ')}]`
}
