import { javascriptText, markdownCode } from '../quoted.ts'
import type { SdkApi } from '../sdk-api.ts'
import type { NamedOperation } from './typescript-sdk.ts'

export function typescriptReadme(
  { name, invokeUrl }: SdkApi,
  packageName: string,
  operations: readonly NamedOperation[],
): string {
  const rows = operations.map(
    ({ name: method, operation }) =>
      `- \`${method}\`: ${markdownCode(`${operation.httpMethod} ${operation.path}`)}${operation.isSigned ? ' (signed)' : ''}`,
  )
  return `# Client of ${markdownCode(name)}

    npm install ./path/to/this/folder

\`\`\`ts
import { ApiError, createClient } from ${javascriptText(packageName)}

const client = createClient({
  invokeUrl: ${javascriptText(invokeUrl)}, // the default
  apiKey: 'API_KEY', // sent as x-api-key
  credentials: { accessKeyId: 'ACCESS_KEY', secretAccessKey: 'SECRET_KEY' }, // or a function that gives them
  headers: {}, // sent with every call
})

// Parameters by their place: { path, query, headers, body }. What the API does not declare goes into the options.
const answer = await client.methodName({}, { headers: {}, query: {}, signal: AbortSignal.timeout(5000) })
if (answer.status === 200) console.log(answer.body)
\`\`\`

A call resolves with the answers that its method declares: \`status\` tells which one it is. Any other status is thrown
as an \`ApiError\` with \`status\`, \`headers\` and \`body\`; a method that declares no success resolves with any. Methods of
any kind (ANY) take \`method\`. Types need \`"lib": ["ESNext", "DOM"]\` or the types of your runtime.

## Methods

${rows.join('\n')}
`
}
