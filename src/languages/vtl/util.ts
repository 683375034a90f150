import { parseJson } from '#languages/json/parse.ts'
import { HostObject, methodTable, type Budget, type VtlValue } from './scope.ts'
import { textOf } from './text.ts'

type TextMethod = (text: string, budget: Budget) => VtlValue

/** Every method of `$util` takes one argument's text; null gives null. */
function onText(method: TextMethod) {
  return (_: HostObject, [value = null]: readonly VtlValue[], budget: Budget): VtlValue => {
    if (value === null) return null
    const text = textOf(value, budget.textMax)
    budget.work(text.length >> 6)
    return method(text, budget)
  }
}

/** `$util` of mapping templates: "API Gateway mapping template and access logging variable reference". */
export const util: HostObject = new HostObject(
  '$util',
  methodTable<HostObject>({
    'escapeJavaScript/1': onText(escapeJavaScript),
    'parseJson/1': onText((text, budget) => {
      budget.work(text.length >> 3)
      return parseJson(text)
    }),
    'urlEncode/1': onText(urlEncode),
    'urlDecode/1': onText(urlDecode),
    'base64Encode/1': onText((text) => Buffer.from(text, 'utf8').toString('base64')),
    'base64Decode/1': onText(base64Decode),
  }),
)

const NAMED: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ["'", "\\'"],
  ['\\', '\\\\'],
  ['/', '\\/'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
])

function unicodeEscape(code: number): string {
  return `\\u${code.toString(16).toUpperCase().padStart(4, '0')}`
}

/** How each character of ASCII is written; undefined for those that stay. */
const ESCAPES: readonly (string | undefined)[] = Array.from(
  { length: 0x80 },
  (_, code) => NAMED.get(String.fromCharCode(code)) ?? (code < 0x20 ? unicodeEscape(code) : undefined),
)

/** As commons-lang 2 `StringEscapeUtils.escapeJavaScript`: `'` and `/` too, and all that is not ASCII. */
function escapeJavaScript(text: string): string {
  let escaped = ''
  let from = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const escape = code < 0x80 ? ESCAPES[code] : unicodeEscape(code)
    if (escape === undefined) continue
    escaped += text.slice(from, at) + escape
    from = at + 1
  }
  return from === 0 ? text : escaped + text.slice(from)
}

/** As `java.net.URLEncoder`: letters, digits and `.-*_` stay, a blank is `+`. */
function urlEncode(text: string): string {
  // A lone surrogate is "?" in Java.
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '?'))
    .replaceAll('%20', '+')
    .replace(/[!'()~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** As `java.net.URLDecoder`: an unfinished `%` fails, bytes that are no UTF-8 become U+FFFD. */
function urlDecode(text: string): string {
  return text.replaceAll('+', ' ').replace(/(?:%[0-9a-fA-F]{2})+|%/g, (escaped) => {
    if (escaped === '%') throw new Error('a "%" without two hex digits')
    return Buffer.from(escaped.replaceAll('%', ''), 'hex').toString('utf8')
  })
}

/** As `java.util.Base64`'s basic decoder: nothing but the alphabet, right padding or none. */
function base64Decode(text: string): string {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/.test(text)) {
    throw new Error('the text is not base64')
  }
  return Buffer.from(text, 'base64').toString('utf8')
}
