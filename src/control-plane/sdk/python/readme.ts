import { markdownCode, pythonText } from '../quoted.ts'
import type { SdkApi } from '../sdk-api.ts'
import type { NamedOperation } from './python-sdk.ts'

export function pythonReadme(
  { name, invokeUrl }: SdkApi,
  module: string,
  operations: readonly NamedOperation[],
): string {
  const rows = operations.map(
    ({ name: method, operation }) =>
      `- \`${method}\`: ${markdownCode(`${operation.httpMethod} ${operation.path}`)}${operation.isSigned ? ' (signed)' : ''}`,
  )
  return `# Client of ${markdownCode(name)}

    pip install ./path/to/this/folder

Python 3.9 or newer, the standard library alone.

\`\`\`python
from ${module} import ApiError, Client, Credentials

client = Client(
    invoke_url=${pythonText(invokeUrl)},  # the default
    api_key="API_KEY",  # sent as x-api-key
    credentials=Credentials("ACCESS_KEY", "SECRET_KEY"),  # or a function that gives them
    headers={},  # sent with every call
)

answer = client.method_name(headers={}, query={}, timeout=5)
if answer.status == 200:
    print(answer.body)
\`\`\`

Parameters are keyword arguments under their names in snake_case; what the API does not declare goes into \`headers\` and
\`query\`. A call returns the answers that its method declares: \`status\` tells which one it is. Any other status is
raised as an \`ApiError\` with \`status\`, \`headers\` and \`body\`; a method that declares no success returns any.
Redirects are answers, never followed. Methods of any kind (ANY) take \`method\`.

## Methods

${rows.join('\n')}
`
}
