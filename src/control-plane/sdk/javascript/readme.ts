import { markdownCode } from '../quoted.ts'
import type { SdkApi } from '../sdk-api.ts'
import type { NamedOperation } from './javascript-sdk.ts'

export function javascriptReadme({ name, invokeUrl }: SdkApi, operations: readonly NamedOperation[]): string {
  const rows = operations.map(({ names, operation: { httpMethod, path, parameters, isSigned } }) => {
    const taken = parameters.map((parameter) =>
      markdownCode(parameter.required ? parameter.name : `${parameter.name}?`),
    )
    const call = names.map((one) => `\`${one}\``).join(', ')
    const request = markdownCode(`${httpMethod} ${path}`)
    return `- ${call}: ${request}${taken.length > 0 ? `, ${taken.join(', ')}` : ''}${isSigned ? ' (signed)' : ''}`
  })
  return `# Client of ${markdownCode(name)}

One script, no libraries, nothing to build: it needs \`fetch\` and, for signed methods, \`crypto.subtle\` (browsers on
https or localhost; Node.js 20 or newer).

\`\`\`html
<script src="apigClient.js"></script>
\`\`\`

\`\`\`js
const { apigClientFactory } = require('./apigClient.js') // or: import { apigClientFactory } from './apigClient.js'
\`\`\`

\`\`\`js
const apigClient = apigClientFactory.newClient({
  invokeUrl: ${JSON.stringify(invokeUrl)}, // the default
  apiKey: 'API_KEY', // sent as x-api-key
  accessKey: 'ACCESS_KEY', // methods with AWS_IAM authorization are signed
  secretKey: 'SECRET_KEY',
  sessionToken: 'SESSION_TOKEN',
})

const params = {} // parameters that a method declares, by name
const body = {} // an object is sent as JSON, anything else as it is
const additionalParams = { headers: {}, queryParams: {} } // what it does not declare

apigClient
  .methodName(params, body, additionalParams)
  .then((result) => console.log(result.status, result.headers, result.data))
  .catch((error) => console.log(error.status, error.data))
\`\`\`

Methods whose name ends in \`Any\` take \`additionalParams.method\`. In browsers the API must allow cross-origin requests
(CORS), the \`x-api-key\` header included.

## Methods

${rows.join('\n')}
`
}
