import { describe, expect, test } from 'bun:test'
import { newAwsScope, TemplateContext } from './aws-objects.ts'
import { compileTemplate } from './compile.ts'
import { TemplateError } from './error.ts'
import { parseTemplate } from './parse.ts'

function render(text: string): string {
  const { template } = parseTemplate(text)
  return compileTemplate(template)(
    newAwsScope({
      body: JSON.stringify({
        list: Array.from({ length: 1000 }, (_, at) => at),
        text: 'a'.repeat(1000),
        evil: 'a'.repeat(5000),
      }),
      params: { path: {}, querystring: {}, header: {} },
      context: new TemplateContext(() => ({ stage: 'test' })),
      stageVariables: {},
    }),
  )
}

const LOOP = '#foreach($i in [1..1000])'

describe('a render ends soon, with an error that says why', () => {
  test.each([
    ['loops in loops', `${LOOP}${LOOP}${LOOP}x#end#end#end`, 'too much'],
    ['texts that double', `#set($s = "ab")${LOOP}#set($s = "$s$s")#end`, 'longer than'],
    ['texts joined with +', `#set($s = "ab")${LOOP}#set($s = $s + $s)#end`, 'longer than'],
    ['concat', `#set($s = "ab")${LOOP}#set($s = $s.concat($s))#end`, 'longer than'],
    ['replace', `#set($s = "ab")${LOOP}#set($s = $s.replace("", $s))#end`, 'longer than'],
    ['replaceAll', `#set($s = "ab")${LOOP}#set($s = $s.replaceAll(".", $s))#end`, 'longer than'],
    ['repeat', '#set($s = "ab")$s.repeat(2000000000)', 'longer than'],
    ['lists that double', `#set($l = [1])${LOOP}#set($x = $l.addAll($l))#end`, 'too much'],
    ['maps in maps', `#set($m = {})${LOOP}#set($m = {"a": $m, "b": $m})#end$m`, 'nests'],
    ['a value in itself', '#set($m = {})#set($l = [$m])#set($m.l = $l)$m', 'nests'],
    ['a value in itself as JSON', "#set($l = $input.path('$.list'))#set($x = $l.add($l))$l", 'nests'],
    [
      'a value in itself compared',
      '#set($a = [1])#set($b = [1])#set($x = $a.add($b))#set($x = $b.add($a))#if($a == $b)x#end',
      'nests',
    ],
    ['its hash', '#set($l = [1])#set($x = $l.add($l))$l.hashCode()', 'nests'],
    ['ranges', '#set($r = [1..2000000000])', 'range'],
    ['integers', `#set($n = 99999999999999999999)${LOOP}#set($n = $n * $n)#end`, 'bits'],
    ['macros that call themselves', '#macro(m)#m()#end#m()', 'inside one another'],
    [
      'macros that call themselves twice',
      '#macro(m $a)#m("$a$a")#m("$a$a")#end#m("x")',
      'inside one another',
    ],
    ['texts that evaluate themselves', "#set($t = '#evaluate($t)')#evaluate($t)", 'inside one another'],
    ['a regex that backtracks', "$input.path('$.evil').matches('(a+)+b')", 'steps'],
    ['a regex in replaceAll', "$input.path('$.evil').replaceAll('(a|aa)+$b', '')", 'steps'],
    ['a regex in split', "#foreach($p in $input.path('$.evil').split('(a*)*b'))$p#end", 'steps'],
    ['many deep scans', `${LOOP}${LOOP}#set($d = $input.path('$..*'))#end#end`, 'too much'],
    ['many filters', `${LOOP}${LOOP}#set($d = $input.path('$.list[?(@ > 1)]'))#end#end`, 'too much'],
    ['many searches', `${LOOP}${LOOP}#set($d = $input.path('$.evil').indexOf('b'))#end#end`, 'too much'],
    [
      'many comparisons',
      `${LOOP}${LOOP}#if($input.path('$.list') == $input.path('$.list[*]'))#end#end#end`,
      'too much',
    ],
    ['many parses', `${LOOP}${LOOP}#set($d = $util.parseJson($input.body))#end#end`, 'too much'],
    ['many regexes', `${LOOP}$input.path('$.evil').matches('a*a*b')#end`, 'steps'],
    [
      'a path that looks everywhere',
      `#set($d = $input.path('$..*..*..*'))${LOOP}$input.path('$.list[?(@ > 1)]')#end`,
      '',
    ],
  ])('%s', (_, template, message) => {
    const began = performance.now()
    let failure: unknown
    try {
      render(template)
    } catch (error) {
      failure = error
    }
    expect(performance.now() - began).toBeLessThan(20_000)
    if (message === '') return
    expect(failure).toBeInstanceOf(TemplateError)
    expect((failure as Error).message).toContain(message)
  })
})

/** What a render that reaches a limit may take on a busy machine; alone it takes a hundredth. */
const BLOCKED_MS_MAX = 20_000

describe('after a limit ended a render, the process goes on', () => {
  const N = '#set($n = $input.path("$.n"))'
  test.each([
    [
      'work',
      `${N}#foreach($i in [1..$n])#foreach($j in [1..$n])#foreach($k in [1..$n])x#end#end#end`,
      { n: 1000 },
      'too much',
      { n: 2 },
      'xxxxxxxx',
    ],
    [
      'output',
      `${N}#set($s = "ab")#foreach($i in [1..$n])#set($s = "$s$s")#end$s`,
      { n: 1000 },
      'longer than',
      { n: 2 },
      'abababab',
    ],
    [
      'depth',
      `${N}#macro(m $left)#if($left > 0)x#set($less = $left - 1)#m($less)#end#end#m($n)`,
      { n: 1000 },
      'inside one another',
      { n: 3 },
      'xxx',
    ],
    ['range', `${N}#set($r = [1..$n])$r.size()`, { n: 2_000_000_000 }, 'range', { n: 3 }, '3'],
    [
      'regex',
      `$input.path('$.text').matches('(a+)+b')`,
      { text: 'a'.repeat(5000) },
      'steps',
      { text: 'aab' },
      'true',
    ],
  ])('%s', async (_, text, tooMuch, message, fine, output) => {
    const run = compileTemplate(parseTemplate(text).template)
    const on = (payload: object): string =>
      run(
        newAwsScope({
          body: JSON.stringify(payload),
          params: { path: {}, querystring: {}, header: {} },
          context: new TemplateContext(() => ({})),
          stageVariables: {},
        }),
      )
    const began = performance.now()
    const timer = new Promise<number>((resolve) => {
      setTimeout(() => resolve(performance.now() - began), 0)
    })
    expect(() => on(tooMuch)).toThrow(message)
    // The same function, at once; another template; and a timer that was due meanwhile.
    expect(on(fine)).toBe(output)
    expect(render("$input.path('$.list').size()")).toBe('1000')
    expect(await timer).toBeLessThan(BLOCKED_MS_MAX)
  })
})

describe('a template reaches values, and nothing behind them', () => {
  const ROOTS = [
    '$input',
    '$util',
    '$context',
    '$stageVariables',
    "$input.path('$')",
    "$input.path('$.list')",
    "$input.path('$.text')",
    '$input.params()',
    "$input.path('$.text').class",
    "$input.path('$.list').getClass()",
    "$input.path('$.text').charAt(0)",
    "$input.path('$.text').split('b')",
    "$input.path('$.list').iterator()",
    "$input.path('$').keySet()",
    "$input.path('$').entrySet().iterator().next()",
    "$input.path('$.list').get(0)",
    "$input.path('$.list').isEmpty()",
    '$context.requestOverride',
    '$foreach',
    '$bodyContent',
    '$nothing',
  ]
  const ATTEMPTS = [
    '.constructor',
    '.__proto__',
    '.prototype',
    '.constructor.constructor("return 1")',
    '.constructor("return 1")()',
    '.toString.constructor',
    '.valueOf()',
    '.hasOwnProperty("x")',
    '.methods',
    '.keys',
    '.items',
    '.getClass().forName("java.lang.Runtime")',
    '.class.forName("java.lang.Runtime").getRuntime().exec("id")',
    '.class.classLoader',
    '.class.protectionDomain',
    '.notify()',
    '.wait()',
    '["constructor"]',
    '["__proto__"]',
    '.get("__proto__")',
    '.get("constructor")',
    '.__defineGetter__("a", 1)',
    '.call()',
    '.apply()',
    '.bind()',
    '.bind("x")',
    '.apply($input, [])',
    '.prototype.x',
    '.__lookupGetter__("__proto__")',
    '.class.getResource("/etc/passwd")',
    '.class.getResourceAsStream("/etc/passwd").read()',
    '.class.module.name',
    '.class.newInstance()',
    '.class.getDeclaredMethods()',
    '.class.constructors',
    '.class.getMethod("exit", $nothing)',
    '.getClass().getClassLoader().loadClass("java.net.URL")',
    '.getClass().getClass().forName("java.lang.System")',
    '.class.class.name.constructor',
    '.openStream()',
    '.fetch("http://127.0.0.1/")',
    '.require("node:fs")',
    '.process.env',
    '.globalThis',
    '.eval("1")',
    '.Bun',
    '["globalThis"]',
    '["toString"].constructor',
  ]
  test.each(ROOTS)('%s', (root) => {
    for (const attempt of ATTEMPTS) {
      let output = ''
      try {
        output = render(`[#set($x = ${root}${attempt})$x]`)
      } catch (error) {
        expect(error).toBeInstanceOf(TemplateError)
      }
      expect(output).not.toMatch(/function|native|=>|\[object|class [^j]/)
      if (!attempt.includes('.class') && !attempt.includes('getClass'))
        expect(output.replace(/[[\]]/g, '')).toBe('')
    }
  })

  test.each([
    '#include("/etc/passwd")',
    '#parse("/etc/passwd")',
    '#include("../../package.json" "x")',
    `#evaluate('#include("/etc/passwd")')`,
    `#set($t = '#parse("http://127.0.0.1/")')#evaluate($t)`,
    '#macro(m)#include("/etc/passwd")#end#m()',
    '#set($x = "#include(\'/etc/passwd\')")$x',
  ])('%s reads nothing', (template) => {
    expect(() => render(template)).toThrow(/#(?:include|parse) reads files, which templates may not/)
  })

  test('nor does what it sets reach JavaScript', () => {
    render(
      '#set($m = {})#set($m["__proto__"] = {"polluted": 1})#set($m["constructor"] = 1)$m.put("prototype", 1)',
    )
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    expect(render('#set($m = {})[$m["__proto__"]]#set($m["__proto__"] = "own")$m["__proto__"] $m')).toBe(
      '[]own {__proto__=own}',
    )
  })
})
