import type { Random } from './random.ts'

/** What templates of `randomTemplate` speak of; JSON, so that integers and fractions differ. */
export const templateVariables = `{"foo":"foo","bar":"a,b,,c","blank":"","text":"  Hello, World\\n","map":{"foo":"mf","k":1,"empty":"em","class":"kl","nul":null},"list":["z","a/b",3,{"q":1.5},null],"int":7,"max":2147483647,"neg":-7,"zero":0,"dbl":1.5,"long":9223372036854775807,"yes":true,"no":false,"nul":null,"foo-bar":"hyphen","_u":"under","obj":{"a":{"b":[1,[2,"x"],null]},"toString":"ts"}}`

/** The payload, and the request's parameters, that they read. */
export const templateBody = `{"name":"it's \\"q\\" a/b","n":2.50,"e":1e10,"big":12345678901234567890,"ok":true,"nul":null,"items":[{"id":1,"tags":["x","y"]},{"id":"2","tags":[]},{}],"o":{"p":{"q":"r"},"list":[[1],[2,3]]},"k v":"blank","é":"ü€😀","s":"a&b=c d+e%41"}`

const NAMES = [
  'foo',
  'bar',
  'blank',
  'text',
  'map',
  'list',
  'int',
  'max',
  'neg',
  'zero',
  'dbl',
  'long',
  'yes',
  'no',
  'nul',
  'foo-bar',
  '_u',
  'obj',
  'undef',
  'x',
  'y',
  'e',
  'foreach',
  'velocityCount',
  'bodyContent',
]

const PROPERTIES = [
  'foo',
  'k',
  'empty',
  'size',
  'a',
  'b',
  'q',
  'length',
  'bytes',
  'name',
  'class',
  'Foo',
  'nul',
  'first',
  'last',
  'count',
  'index',
  'hasNext',
  'parent',
  'topmost',
  'key',
  'value',
  'items',
]

const CALLS = [
  'size()',
  'get(0)',
  'get("foo")',
  'get($x)',
  'put("z", $int)',
  'put($x, [1])',
  'putAll($map)',
  'keySet()',
  'values()',
  'entrySet()',
  'length()',
  'trim()',
  'toUpperCase()',
  'toLowerCase()',
  'substring(1)',
  'substring(0, 2)',
  'substring(2, 1)',
  'replaceAll("l", "L")',
  "replaceAll('(\\w)o', '$1-')",
  'replaceAll("[,b]+", "")',
  'replaceFirst("o", "$0$0")',
  "replace('o', '0')",
  'split(",")',
  'split(",", -1)',
  'split("")',
  'contains("a")',
  'contains($foo)',
  'indexOf("o")',
  'lastIndexOf("l")',
  'charAt(0)',
  'concat("x")',
  'equals("foo")',
  'equals($foo)',
  'equalsIgnoreCase("FOO")',
  'isEmpty()',
  'add(5)',
  'add("x")',
  'add(0, $foo)',
  'addAll([1,2])',
  'remove(0)',
  'remove("foo")',
  'removeAll(["z"])',
  'retainAll(["z",3])',
  'set(0, "w")',
  'clear()',
  'subList(0,1)',
  'iterator()',
  'toString()',
  'hashCode()',
  'intValue()',
  'longValue()',
  'doubleValue()',
  'compareTo("a")',
  'compareTo(3)',
  'matches("f.*")',
  "matches('^[a-z]+$')",
  'containsKey("k")',
  'containsKey($x)',
  'containsValue(1)',
  'startsWith("f")',
  'endsWith("o")',
  'parseInt("12")',
  'getKey()',
  'getValue()',
  'getClass()',
  'nosuch(1)',
  'nosuch($undef)',
  'substring($int)',
]

const INDEXES = [
  '0',
  '1',
  '-1',
  '9',
  '"foo"',
  "'k'",
  '$int',
  '$zero',
  'true',
  '$foo',
  '"$foo"',
  '$x',
  '$undef',
]

const PATHS = [
  '$',
  '$.name',
  'name',
  '$.n',
  '$.e',
  '$.big',
  '$.nul',
  '$.missing',
  '$.items',
  '$.items[0]',
  '$.items[1].tags',
  '$.items[-1]',
  '$.items[*].id',
  '$.items[9]',
  '$..id',
  '$.o.p',
  "$['o']['p'].q",
  "$.['k v']",
  '$.o.list[1][0]',
  '$.items[?(@.id == 1)]',
  '$.items.length()',
  '$.é',
  '$.ok',
  '$.s',
]

const AWS = [
  (random: Random) => `$input.path('${random.pick(PATHS)}')`,
  (random: Random) => `$input.json('${random.pick(PATHS)}')`,
  (random: Random) => `$input.json("${random.pick(PATHS)}")`,
  (random: Random) =>
    `$input.params(${random.pick(["'id'", "'q'", "'Host'", "'none'", '$foo', '', '"q"', '1'])})`,
  (random: Random) => `$input.params().${random.pick(['path.id', 'querystring', 'header.get("Host")', 'x'])}`,
  () => '$input.body',
  (random: Random) =>
    `$context.${random.pick(['stage', 'identity.sourceIp', 'requestId', 'none', 'identity', 'requestTimeEpoch', 'requestOverride'])}`,
  (random: Random) =>
    `$stageVariables.${random.pick(['url', 'none', 'get("url")', 'size()', 'keySet()', 'url.length()'])}`,
  (random: Random) =>
    `$util.${random.pick(['escapeJavaScript', 'urlEncode', 'urlDecode', 'base64Encode', 'escapeJavaScript', 'parseJson'])}(${random.pick([`$input.json('${random.pick(PATHS)}')`, `$input.path('${random.pick(PATHS)}')`, '$input.body', '$undef', '"a b/é&\'"', '\'{"k":[1,null]}\'', '$foo', '$list', '$int', "'%41+%zz'"])})`,
  () => "$util.base64Decode('aGkg4oKs')",
]

const TEXTS = [
  'text ',
  'a',
  '{"k": "v"}',
  ',',
  '.',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  '$',
  '#',
  '\\',
  '\\\\',
  '$ ',
  '# ',
  '$.',
  '$[',
  '$1',
  '#1',
  '$!',
  '!',
  '##c\n',
  '##\r\n',
  '#*c*#',
  '#**d*#',
  '#[[ $x #if ]]#',
  '"',
  "'",
  '${',
  '$}',
  '$!{',
  '-',
  '@',
  '#@',
  '$$',
  '\\#',
  '\\$',
  '=',
  'a$',
  '%',
  '\\\\\\',
  '#end1',
  '#set',
  '#else1',
  '#ifx',
  '#{end',
  '$x-',
  '&lt;',
  'é€😀',
  '\n',
  '\t',
  ': ',
]

const SPACES = ['', '', '', ' ', '\n', '  \n', '\t', '\n  ', '\r\n', ' \t\n\n', '\r', 'x', ' x', '{ "a": ']

const OPERATORS = [
  ' + ',
  '+',
  ' - ',
  '-',
  ' * ',
  ' / ',
  '/',
  ' % ',
  ' == ',
  '==',
  ' != ',
  '!=',
  ' ne ',
  ' eq ',
  ' && ',
  '&&',
  ' and ',
  ' || ',
  ' or ',
  '<',
  ' < ',
  ' lt ',
  ' > ',
  '>=',
  ' ge ',
  ' le ',
  '<=',
  ' gt ',
]

const LITERALS: readonly (readonly string[])[] = [
  [
    '1',
    '0',
    '-3',
    '2147483647',
    '-2147483648',
    '9223372036854775807',
    '99999999999999999999',
    '7',
    '007',
    '2',
  ],
  ['1.0', '2.50', '-.5', '1e3', '3.', '1E-7', '12345678.9', '.001', '0.1', '1.0e400', '100000000.0'],
  ["'a'", "''", "'it''s'", "'\\n'", "'$foo'", "'\"'", "'#set($x = 1)'", "'a b'", "'7'", "'true'"],
  ['true', 'false'],
  [
    '[]',
    '[ ]',
    '[1]',
    '[1..3]',
    '[3..1]',
    '[$neg..2]',
    '[$foo]',
    "['a','b']",
    '[1, 2 ,3]',
    '[[1],[2]]',
    '[-1..$list.size()]',
    '[ 0 .. 2 ]',
    '[$undef..2]',
    "[1,$undef,'x']",
    '[$list]',
    '[1..1]',
  ],
  [
    '{}',
    '{ }',
    '{"a":1}',
    '{"a":1,"b":[2]}',
    "{'k' : $foo}",
    '{1:2}',
    '{"x":{}}',
    '{$foo:$bar}',
    '{"a":$undef}',
    '{true:1.5}',
    "{'b':1,'a':2,'b':3}",
  ],
]

const INNER = [
  '',
  'a',
  '$foo',
  '${bar}x',
  '$undef',
  'a""b',
  '#if($yes)y#end',
  '$map.k',
  '##x',
  '\\$foo',
  '$!undef',
  '#set($x=4)$x',
  '\\u0041',
  "'",
  '$list[0]',
  '$',
  '#',
  '$foo.length()',
  '#foreach($i in [1,2])$i,#end',
  '$foo ',
  ' $foo',
  '\\\\',
  '$foo.',
  '#m(1 2)',
  '${foo}$!{bar}',
  'a\nb',
]

/**
 * A mapping template made from the grammar of Velocity, with what trips its readers: escapes, unfinished references,
 * blanks where they are eaten, macros before and after their definition, values that are missing.
 */
export function randomTemplate(random: Random): string {
  return new TemplateMaker(random).nodes(random.between(1, 6), 0)
}

class TemplateMaker {
  readonly #random: Random
  constructor(random: Random) {
    this.#random = random
  }

  nodes(count: number, depth: number): string {
    return this.#random.times(count, () => this.#node(depth)).join('')
  }

  #node(depth: number): string {
    const random = this.#random
    const make = random.weighted<() => string>([
      [6, () => random.pick(TEXTS) + random.pick(SPACES)],
      [7, () => this.#printed()],
      [
        2,
        () =>
          random.pick(AWS)(random) +
          random.pick(['', '', `.${random.pick(PROPERTIES)}`, `.${random.pick(CALLS)}`]),
      ],
      [5, () => this.#set()],
      [depth > 2 ? 0 : 4, () => this.#condition(depth + 1)],
      [depth > 2 ? 0 : 4, () => this.#loop(depth + 1)],
      [depth > 2 ? 0 : 3, () => this.#macro(depth + 1)],
      [depth > 2 ? 0 : 3, () => this.#other(depth + 1)],
    ])
    return make()
  }

  #body(depth: number): string {
    return this.#space() + this.nodes(this.#random.pick([0, 1, 1, 2, 3]), depth)
  }

  #space(): string {
    return this.#random.pick(SPACES)
  }

  #printed(): string {
    const random = this.#random
    const before = random.chance(0.7)
      ? ''
      : random.pick(['\\', '\\\\', '\\\\\\', '$', '#', '$!', '\\$', '!', '{', '"'])
    const after = random.chance(0.6)
      ? ''
      : random.pick(['.', '-', ' ', '(', 'x', '[', '..', '.1', '}', '\\', '$', '!', '[0', '.(', '"', '#'])
    return before + this.#reference() + after
  }

  #reference(): string {
    const random = this.#random
    if (random.chance(0.1)) return random.pick(AWS)(random)
    let steps = ''
    for (let left = random.pick([0, 0, 0, 1, 1, 2, 3]); left > 0; left--) {
      steps += random.weighted([
        [4, `.${random.pick(PROPERTIES)}`],
        [5, `.${random.pick(CALLS)}`],
        [2, `[${random.pick(INDEXES)}]`],
      ])
    }
    const mark = random.chance(0.8) ? '$' : '$!'
    const name = random.pick(NAMES) + steps
    return random.chance(0.3) ? `${mark}{${name}}` : mark + name
  }

  #value(): string {
    const random = this.#random
    return random.weighted([
      [5, random.pick(random.pick(LITERALS))],
      [3, `"${random.pick(INNER)}${random.chance(0.3) ? random.pick(INNER) : ''}"`],
      [4, this.#reference()],
    ])
  }

  #expression(depth: number = 0): string {
    const random = this.#random
    const choice = random.number()
    if (depth > 2 || choice < 0.45)
      return `${random.pick(['', ' '])}${this.#value()}${random.pick(['', ' '])}`
    if (choice < 0.55) return `(${this.#expression(depth + 1)})`
    if (choice < 0.62) return random.pick(['!', '! ', 'not ', '-']) + this.#expression(depth + 1)
    return this.#expression(depth + 1) + random.pick(OPERATORS) + this.#expression(depth + 1)
  }

  #set(): string {
    const random = this.#random
    const target = random.pick([
      '$x',
      '$x',
      '$y',
      '$foo',
      '$map.k',
      '$list[0]',
      '$map["q"]',
      '$x.y',
      '$!x',
      '${x}',
      '$obj.a.b',
      '$undef.z',
      '$list[-1]',
      '$foreach.w',
      '$x[0]',
      '$context.requestOverride.header.h',
      '$context.responseOverride.status',
      "$map['n'].m",
      '$e',
    ])
    const start = random.pick(['', '', ' ', '\t', '\n ', '\\', 'x '])
    return `${start}${random.pick(['#set', '#set', '#set', '#{set}', '#set '])}(${random.pick(['', '', ' '])}${target}${random.pick(['=', ' = '])}${this.#expression()})${this.#space()}`
  }

  #condition(depth: number): string {
    const random = this.#random
    let text = `${random.pick(['#if', '#if', '#if ', '#{if}'])}(${this.#expression()})${this.#body(depth)}`
    for (let left = random.pick([0, 0, 0, 1, 2]); left > 0; left--)
      text += `${random.pick(['#elseif', '#{elseif}', '#elseif '])}(${this.#expression()})${this.#body(depth)}`
    if (random.chance(0.5)) text += random.pick(['#else', '#{else}', '#else ', '#else\n']) + this.#body(depth)
    return text + this.#end()
  }

  #end(): string {
    const random = this.#random
    return (random.chance(0.98) ? random.pick(['#end', '#end', '#{end}']) : '') + this.#space()
  }

  #loop(depth: number): string {
    const random = this.#random
    const item = random.pick(['$e', '$e', '$x', '$foo', '${e}', '$!e'])
    const items = random.chance(0.5)
      ? random.pick([
          '[1..3]',
          '$list',
          '$map',
          '["a","b"]',
          '$map.entrySet()',
          '$map.keySet()',
          '$obj.a.b',
          '$list.iterator()',
          "$input.path('$.items')",
          "$input.path('$.o').entrySet()",
          '$bar.split(",")',
          '[1..1002]',
          '[]',
          '$foo',
          '[[1,2],[3]]',
          '$x',
        ])
      : this.#value()
    const within = random.pick([
      '$velocityCount',
      '$foreach.index',
      '$foreach.count',
      '$foreach.hasNext',
      '#if($foreach.hasNext),#end',
      '#break',
      '$e.key=$e.value',
      '$e',
      '$foreach.parent.count',
      '$velocityHasNext',
      '#break($foreach)',
      '$foreach.first$foreach.last',
      '#break($foreach.parent)',
      '#if($e == 2)#break#end',
      '#stop',
      '$foreach.topmost.index',
      '',
    ])
    return `#foreach${random.pick(['', '', ' '])}(${random.pick(['', ' '])}${item} in ${items})${this.#body(depth)}${within}${this.#body(depth)}${this.#end()}`
  }

  #macro(depth: number): string {
    const random = this.#random
    const name = random.pick(['m', 'mac', 'foo', 'm_1'])
    const arg = (): string => random.pick([this.#value(), this.#reference(), '$x', `"${random.pick(INNER)}"`])
    return random.weighted<() => string>([
      [
        4,
        () =>
          `#macro(${name} $a${random.pick([' $b', ' $!b', ' ${b}', '', ' $x'])})${this.#space()}[$a|$b|$!a]${random.pick(['', '$bodyContent', '$!bodyContent', '#set($a = 5)$a', '#set($x = 6)', '#break', '#stop', '$a.size()'])}${this.#body(depth)}#end${random.pick(['\n', '', ' \n'])}`,
      ],
      [
        4,
        () =>
          `#${name}(${random.pick(['', ' '])}${arg()}${random.pick([' ', ', ', ','])}${arg()}${random.pick(['', ' '])})${this.#space()}`,
      ],
      [2, () => `#@${name}(${arg()})${this.#body(depth)}#end${this.#space()}`],
      [1, () => `#${name}${this.#space()}`],
      [1, () => `#${name}()${this.#space()}`],
      [
        1,
        () =>
          random.pick([
            `\\#${name}`,
            `\\\\#${name}()`,
            `#{${name}}(1)`,
            `#@${name}`,
            `#${name} (1)`,
            `#${name}(1`,
          ]),
      ],
    ])()
  }

  #other(depth: number): string {
    const random = this.#random
    return random.weighted<() => string>([
      [3, () => `#define(${random.pick(['$x', '$y', '$d'])})${this.#body(depth)}${this.#end()}`],
      [
        2,
        () =>
          random.pick([
            '#define($x)$foo#end$x',
            '#define($x)a$x#end[$x]',
            '#define($d)\n  d\n#end\n$d.length()',
            '#define($d)$e#end#foreach($e in [1,2])$d#end',
          ]),
      ],
      [
        3,
        () =>
          `#evaluate(${random.pick(['"#set($x=1)$x"', "'$foo #if($yes)z#end'", '$foo', '"$bar"', "'#macro(m $a)ev$a#end#m(3)'", "'#break'", "'#stop'", "'#if('", '$undef', '$int', "'$e'", '"\\$foo"'])})${this.#space()}`,
      ],
      [2, () => `#literal()${this.#body(depth)}#end${this.#space()}`],
      [
        1,
        () =>
          random.pick([
            '#stop',
            '#stop()',
            "#stop('why')",
            '#break',
            '#include("a")',
            '#parse("a.vm")',
            '#parse',
          ]),
      ],
      [
        2,
        () =>
          random.pick([
            '\\#if($yes)a#end',
            '\\\\#if($yes)a#end',
            '\\#foreach',
            '\\#end',
            '\\#nosuch',
            '\\\\#nosuch()',
            '#nosuch',
            '#nosuch($foo)',
            '#nosuch("$foo" 1)',
            '\\#set($x = 1)',
            '\\\\#set($x = 1)$x',
            '\\#else',
            '#{nosuch}',
            '\\#[[a]]#',
            '\\##c',
            '\\#*c*#',
          ]),
      ],
      [1, () => `#[[${this.#printed()}${random.pick(['', '#end', ']', '##', '*#'])}]]#${this.#space()}`],
      [1, () => `#*${this.#printed()}*#${this.#space()}`],
    ])()
  }
}
