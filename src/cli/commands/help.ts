import { flagOf, options, variableOf, type Option } from '#server/config.ts'
import { version } from '#server/version.ts'

const OVERVIEW = `Gatehouse ${version}: Amazon API Gateway that you run yourself.

  gatehouse start [FOLDER|OPENAPI]   serve; deploy the folder or document and follow its edits
  gatehouse deploy FOLDER|OPENAPI    deploy into a gateway that runs already
  gatehouse reset                    make a running gateway forget everything
  gatehouse version
  gatehouse help [COMMAND]

First steps:

  npm start -- examples/petstore     an API with functions in Node.js and Python, a backend and a mock
  npm start                          an empty gateway; then, in another terminal:

    export AWS_ENDPOINT_URL=http://localhost:4566
    export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1
    aws apigateway create-rest-api --name first

Exit codes: 0 done, 1 failed, 2 asked wrongly.
`

const START = `gatehouse start [FOLDER|OPENAPI] [options]

Starts the gateway. With a folder (one with gatehouse.yaml or openapi.yaml) or an OpenAPI document it deploys that,
prints a curl command for each route, and deploys again whenever it is edited.
`

const DEPLOY = `gatehouse deploy FOLDER|OPENAPI [--endpoint URL] [options]

Deploys into a running gateway: functions are uploaded as zip files, the document is imported into the API that the
project had before, and its stage moves to the new deployment in one step.

  --endpoint URL
      the gateway; default: AWS_ENDPOINT_URL, else --host and --port
`

const RESET = `gatehouse reset [--endpoint URL]

Makes a running gateway forget every API, function and deployment. It refuses when credentials are configured,
unless it was started with --dev.
`

const PAGES: Readonly<Record<string, () => string>> = {
  start: () => `${START}\n${optionList()}`,
  deploy: () => DEPLOY,
  reset: () => RESET,
}

/** `gatehouse help [COMMAND]`. */
export async function run([command]: readonly string[]): Promise<number> {
  const page = command !== undefined && Object.hasOwn(PAGES, command) ? PAGES[command] : undefined
  console.log(page?.() ?? OVERVIEW)
  return 0
}

/** Each option with its environment variable and default, from the one table. */
function optionList(): string {
  const lines = (Object.entries(options) as [string, Option<unknown>][]).map(([key, option]) => {
    const flag = `--${flagOf(key)}${option.value === undefined ? '' : ` ${option.value}`}`
    const fallback = option.fallbackText ?? String(option.fallback())
    return `  ${flag}\n      ${option.help}\n      ${variableOf(key)}; default: ${fallback}`
  })
  return (
    'Options, also as environment variables and as keys of gatehouse.config.yaml (dataDir for --data-dir):\n\n' +
    `  --config FILE\n      the configuration file; default: gatehouse.config.yaml here, if there is one\n${lines.join('\n')}\n`
  )
}
