import { describe, expect, test } from 'bun:test'
import { newAwsScope, TemplateContext } from './aws-objects.ts'
import { compileTemplate } from './compile.ts'
import { TemplateError } from './error.ts'
import { parseTemplate } from './parse.ts'

const newContext = (): TemplateContext =>
  new TemplateContext(() => ({
    stage: 'prod',
    requestTimeEpoch: 1428582896000,
    identity: { sourceIp: '192.0.2.1' },
  }))

function render(text: string, body: string = BODY, context: TemplateContext = newContext()): string {
  const { template } = parseTemplate(text)
  return compileTemplate(template)(
    newAwsScope({
      body,
      params: {
        path: { id: 'p' },
        querystring: { id: 'q', limit: '10' },
        header: { Accept: '*/*', limit: 'h' },
      },
      context,
      stageVariables: { url: 'https://example.com/?a=b' },
    }),
  )
}

const BODY = `{"name":"it's","n":2.50,"big":12345678901234567890,"list":[1,"a/b",{"k":null}],"empty":[],"none":null}`

describe('$input', () => {
  test.each([
    ['$input.body', BODY, BODY],
    ['$input.body', '', '{}'],
    ['$input.body', 'plain', 'plain'],
    [
      "$input.json('$')",
      BODY,
      `{"name":"it's","n":2.5,"big":12345678901234567890,"list":[1,"a/b",{"k":null}],"empty":[],"none":null}`,
    ],
    ["$input.json('$.name') $input.json('$.list[1]') $input.json('$.n')", BODY, `"it's" "a/b" 2.5`],
    ["$input.json('$.nope') $input.json('$.none')", BODY, '"" ""'],
    ["$input.json('$.a')", 'no json', '""'],
    [
      "$input.path('$.name') $input.path('$.n') $input.path('$.list') $input.path('$.empty')",
      BODY,
      `it's 2.5 [1,"a\\/b",{"k":null}] []`,
    ],
    ["[$input.path('$.nope')][$input.path('$.none')][$input.path('name')]", BODY, "[][][it's]"],
    ["$input.path('$').list.size() $input.path('$.list')[2]", BODY, '3 {k=null}'],
    [
      "#set($r = $input.path('$'))#set($r.added = [1])$r.remove('list').size() $input.json('$.added')",
      BODY,
      '3 [1]',
    ],
    ["$input.path('$')", '"text"', 'text'],
    ["[$input.path('$.a')]", '"text"', '[]'],
    [
      "$input.params('id') $input.params('limit') $input.params('Accept') [$input.params('nope')]",
      BODY,
      'p 10 */* []',
    ],
    ['$input.params()', BODY, '{path={id=p}, querystring={id=q, limit=10}, header={Accept=*/*, limit=h}}'],
    ["$input.params().querystring.limit $input.params().header.get('Accept')", BODY, '10 */*'],
    ['#foreach($k in $input.params().keySet())$k #end', BODY, 'path querystring header '],
  ])('%s', (template, body, output) => {
    expect(render(template, body)).toBe(output)
  })

  test('a path that cannot be applied fails the render', () => {
    expect(() => render("$input.path('$.name[0]')")).toThrow(TemplateError)
    expect(() => render("$input.json('$.[')")).toThrow(TemplateError)
  })
})

describe('$util', () => {
  test.each([
    [`$util.escapeJavaScript('a"b/c\\d')`, 'a\\"b\\/c\\\\d'],
    ["$util.escapeJavaScript($input.path('$.name'))", "it\\'s"],
    ['$util.escapeJavaScript($input.path(\'$.name\')).replaceAll("\\\\\'","\'")', "it's"],
    ["$util.escapeJavaScript('é\t')", '\\u00E9\\t'],
    ['$util.urlEncode("a b&c=ü/*~")', 'a+b%26c%3D%C3%BC%2F*%7E'],
    ['$util.urlDecode("a+b%26c%3D%C3%BC")', 'a b&c=ü'],
    ['$util.base64Encode("hü")', 'aMO8'],
    ['$util.base64Decode("aMO8")', 'hü'],
    [`#set($j = $util.parseJson('{"a":[1.0]}'))$j.a[0]`, '1.0'],
    ['[$util.escapeJavaScript($nope)][$util.urlEncode($nope)]', '[][]'],
    ['$util.nope("x")', ''],
  ])('%s', (template, output) => {
    expect(render(template)).toBe(output)
  })

  test.each(['$util.base64Decode("not base64!")', '$util.urlDecode("%zz")', "$util.parseJson('{')"])(
    '%s fails',
    (template) => {
      expect(() => render(template)).toThrow(TemplateError)
    },
  )
})

describe('$context and $stageVariables', () => {
  test('are maps of what is given', () => {
    expect(render('$context.stage $context.identity.sourceIp $context.requestTimeEpoch $!context.nope')).toBe(
      'prod 192.0.2.1 1428582896000 ',
    )
    expect(render('$stageVariables.url $stageVariables.keySet()')).toBe('https://example.com/?a=b [url]')
  })

  test('are not read unless a template asks', () => {
    const context = new TemplateContext(() => {
      throw new Error('read')
    })
    expect(render('$stageVariables.url', BODY, context)).toBe('https://example.com/?a=b')
    expect(context.overrides()).toBeUndefined()
  })

  test('overrides are a result, and live on to the response template', () => {
    const context = newContext()
    render(
      '#set($context.requestOverride.header.X-A = "1")#set($context.requestOverride.path.id = $input.json("$.n"))',
      BODY,
      context,
    )
    expect(render('$context.requestOverride.path.id', BODY, context)).toBe('2.5')
    render(
      '#set($context.responseOverride.status = 404)#set($context.responseOverride.header.Y = "z")',
      BODY,
      context,
    )
    expect(context.overrides()).toEqual({
      request: { header: { 'X-A': '1' }, querystring: {}, path: { id: '2.5' } },
      response: { header: { Y: 'z' }, status: 404 },
    })
  })
})
