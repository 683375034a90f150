import { Compile, parse } from 'velocityjs'
import { newAwsScope, TemplateContext } from '#languages/vtl/aws-objects.ts'
import { compileTemplate } from '#languages/vtl/compile.ts'
import { parseTemplate } from '#languages/vtl/parse.ts'
import type { LanguageCase } from './language-case.ts'

// Templates are compiled once; every render reads its payload anew, as a gateway does for each request.

const HEADERS = ['Accept', 'Accept-Encoding', 'Content-Type', 'Host', 'User-Agent', 'Via', 'X-Amzn-Trace-Id']

const PARAMS = {
  path: { id: 'a1', name: 'n' },
  querystring: { q: 'x', limit: '10', page: '2' },
  header: Object.fromEntries(HEADERS.map((name) => [name, `what ${name} says`])),
}

const CONTEXT = {
  apiId: 'a1b2c3d4e5',
  httpMethod: 'POST',
  stage: 'prod',
  requestId: '41b45ea3-70b5-11e6-b7bd-69b5aaebc7d9',
  resourceId: 'x1y2z3',
  resourcePath: '/items/{id}',
  identity: { apiKey: 'k-1', sourceIp: '192.0.2.7', userAgent: `curl/8 (it's "x")` },
}

const STAGE_VARIABLES = { url: 'https://example.com/?a=b', table: 'items', level: 'info' }

const PET =
  '{"id":1,"type":"dog","price":249.99,"tags":["a","b"],"owner":{"name":"x","address":{"city":"y"}}}'

const COMMENTS = JSON.stringify({
  Count: 20,
  Items: Array.from({ length: 20 }, (_, at) => ({
    id: { S: `c${at}` },
    user: { S: 'somebody' },
    text: { S: `it's the "comment" number ${at}` },
    at: { N: String(1_700_000_000 + at) },
  })),
})

interface Row {
  readonly name: string
  readonly title: string
  readonly body: string
  readonly template: string
}

const members = (map: string): string => `{
#foreach($name in ${map}.keySet())
    "$name" : "$util.escapeJavaScript(${map}.get($name))"
        #if($foreach.hasNext),#end
#end
  }`

const ROWS: readonly Row[] = [
  {
    name: 'vtl-small',
    title: 'a template of two references: one parameter, the payload as JSON',
    body: PET,
    template: `{
  "name": "$input.params('name')",
  "payload": $input.json('$')
}
`,
  },
  {
    name: 'vtl-passthrough',
    title: 'payload, all parameters, stage variables and nine of $context',
    body: PET,
    template: `#set($all = $input.params())
{
  "body": $input.json('$'),
  "params": {
#foreach($place in $all.keySet())
    #set($of = $all.get($place))
  "$place": ${members('$of')}
    #if($foreach.hasNext),#end
#end
  },
  "stageVariables": ${members('$stageVariables')},
  "context": {
    "api": "$context.apiId",
    "key": "$context.identity.apiKey",
    "method": "$context.httpMethod",
    "stage": "$context.stage",
    "ip": "$context.identity.sourceIp",
    "agent": "$context.identity.userAgent",
    "request": "$context.requestId",
    "resource": "$context.resourceId",
    "path": "$context.resourcePath"
  }
}
`,
  },
  {
    name: 'vtl-foreach',
    title: 'a #foreach over 20 items of the payload, four references each',
    body: COMMENTS,
    template: `#set($root = $input.path('$'))
{
  "count": $root.Count,
  "comments": [
#foreach($item in $root.Items)
    {
      "id": "$item.id.S",
      "user": "$item.user.S",
      "text": "$util.escapeJavaScript($item.text.S)"#if($item.at.N != ""),
      "at": $item.at.N#end

    }#if($foreach.hasNext),#end
#end
  ]
}
`,
  },
]

export const vtlCases: readonly LanguageCase[] = ROWS.map(({ name, title, body, template }) => {
  const compiled = compileTemplate(parseTemplate(template).template)
  const run = (): string =>
    compiled(
      newAwsScope({
        body,
        params: PARAMS,
        context: new TemplateContext(() => CONTEXT),
        stageVariables: STAGE_VARIABLES,
      }),
    )
  const tree = parse(template)
  const velocityjs = (): string => new Compile(tree).render(velocityjsContext(body))
  return {
    name,
    title,
    run,
    peers: [{ name: 'velocityjs', run: velocityjs }],
    java: {
      id: name,
      template,
      body,
      params: PARAMS,
      context: CONTEXT,
      stageVariables: STAGE_VARIABLES,
    },
    check() {
      if (withoutSpace(velocityjs()) !== withoutSpace(run())) {
        throw new Error(`${name}: velocityjs renders something else:\n${velocityjs()}\n${run()}`)
      }
    },
  }
})

// Which blanks a directive eats differs.
const withoutSpace = (text: string): string => text.replace(/\s/g, '')

/** The objects of API Gateway as a user of velocityjs would write them. */
function velocityjsContext(body: string): Record<string, unknown> {
  const document = JSON.parse(body) as Record<string, unknown>
  return {
    input: {
      body,
      path: () => document,
      json: () => JSON.stringify(document),
      params: (name?: string) =>
        name === undefined
          ? PARAMS
          : ((PARAMS.path as Record<string, string>)[name] ??
            (PARAMS.querystring as Record<string, string>)[name] ??
            PARAMS.header[name] ??
            ''),
    },
    util: {
      escapeJavaScript: (text: string) => text.replace(/["'\\/]/g, (char) => `\\${char}`),
    },
    context: CONTEXT,
    stageVariables: STAGE_VARIABLES,
  }
}
