import { flagOf, options, variableOf, type Option } from '#server/config.ts'
import { version } from '#server/version.ts'
import { UsageError, unknown } from '../arguments.ts'
import { endpointSettings } from '../endpoint.ts'
import { allSettings, type Setting } from '../settings.ts'

const OVERVIEW = `Gatehouse ${version}: Amazon API Gateway that you run yourself.

  gatehouse start [FOLDER|OPENAPI]   serve; deploy the folder or document and follow its edits
  gatehouse deploy FOLDER|OPENAPI    deploy into a gateway that runs already
  gatehouse validate FOLDER|OPENAPI  what is wrong with an OpenAPI document, without a gateway
  gatehouse logs [API [STAGE]]       why requests failed, who asked for what
  gatehouse usage [PLAN]             which API key made how many requests
  gatehouse reset                    make a running gateway forget everything
  gatehouse explain URL              what happens to a request, step by step, and why
  gatehouse who-can METHOD URL       whether a call would be let in, and which statement says so
  gatehouse vtl render TEMPLATE      what a mapping template makes of an input
  gatehouse version
  gatehouse help COMMAND             what the command does, its options, examples

First steps (in a clone, \`npm start --\` stands for \`gatehouse start\`):

  npm start -- examples/petstore     an API with functions in Node.js and Python, a backend and a mock
  npm start                          an empty gateway; then, in another terminal:

    export AWS_ENDPOINT_URL=http://localhost:4566
    export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1
    aws apigateway create-rest-api --name first

An API answers at http://localhost:4566/_aws/execute-api/{apiId}/{stage}/{path}
and at http://{apiId}.execute-api.us-east-1.localhost:4566/{stage}/{path}.

Exit codes: 0 done, 1 failed, 2 asked wrongly, 130 told twice to stop.
`

const START = `gatehouse start [FOLDER|OPENAPI] [options]

Starts the gateway. With a folder (one with gatehouse.yaml or openapi.yaml) or an OpenAPI document it deploys that,
prints a curl command for each route, and deploys again whenever it is edited.

  gatehouse start                                  an empty gateway on http://localhost:4566
  gatehouse start examples/petstore                a folder with functions
  gatehouse start shop.yaml --data-dir :memory:    one document, nothing kept
  gatehouse start --host 0.0.0.0 --credentials keys.txt
                                                   for others, who sign with a key of that file
`

const DEPLOY = `gatehouse deploy FOLDER|OPENAPI [options]

Deploys into a running gateway: functions are uploaded as zip files, the document is imported into the API that the
project had before, and its stage moves to the new deployment in one step. Calls are signed with the first of
--credentials, else with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.

  gatehouse deploy examples/petstore --endpoint http://gateway.example:4566
`

const VALIDATE = `gatehouse validate FOLDER|OPENAPI

Tells everything that an import of the document would refuse (errors) or leave out (warnings), and what the official
schema of its OpenAPI version says of it beside that (warnings: API Gateway does not mind), as file:line:column.
Ends with 1 when there are errors.

  gatehouse validate examples/petstore/openapi.yaml
`

const RESET = `gatehouse reset [options]

Makes a running gateway forget every API, function and deployment. It refuses when credentials are configured,
unless it was started with --dev.
`

const LOGS = `gatehouse logs [API [STAGE] | LOG] [options]

Prints what the logs in the data directory say, with the gateway running or not. Without a name it lists them. An API's
are its execution log, which tells step by step what happened to a request and why it failed, and the access log that
it has when --access-log-format is given; LOG is the log group or Firehose stream of an access log.

  gatehouse logs a1b2c3d4e5                        every stage of the API
  gatehouse logs a1b2c3d4e5 prod --follow          and what comes
  gatehouse logs --request 0b3e…                   all that is known of the request with this x-amzn-RequestId
  gatehouse logs /orders/access --lines 20         an access log

  --request ID
      lines of this request alone
  --lines N
      the last so many of each log; default: 200, all with --request
  --follow
      goes on with what is written from now on

`

const EXPLAIN = `gatehouse explain URL [options]

Sends a request to a running gateway and prints its life: which resource and method took it and why no other, each
step with what it decided, what mapping templates wrote, what the backend was sent and answered, and the answer.
Secrets are left out. The request has its effect like any other.

  gatehouse explain http://localhost:4566/_aws/execute-api/a1b2c3d4e5/dev/pets
  gatehouse explain URL -X POST -H 'Content-Type: application/json' -d '{"name":"Rex"}'
  curl -H "X-Gatehouse-Explain: $(gatehouse explain --token --seconds 300)" URL

  -X, --request METHOD
      default: GET, with --data POST
  -H, --header 'NAME: VALUE'
      may be given several times
  -d, --data TEXT
      the body; @FILE is what a file holds
  --json
      prints the explanation as JSON: docs/explain.md
  --token
      prints a token for requests that others send, and sends none
  --seconds N
      how long the token is good for; default 60, at most 3600

The gateway that gives the token is --endpoint, else AWS_ENDPOINT_URL, else where the URL leads.
`

const USAGE = `gatehouse usage [PLAN] [options]

Prints what the keys of a usage plan, or of all of them, have used: requests of this month and what their quotas leave.
It asks a running gateway. Values of keys are not shown.

  gatehouse usage                                  a line a key
  gatehouse usage a1b2c3 --from 2026-11-01 --to 2026-11-30 --csv > november.csv
                                                   a line a key and day, for bills

  gatehouse usage --prices prices.yaml --csv > bills.csv
                                                   a line a key, with what it costs

  --prices FILE
      what requests cost, by plan, customer or key: see docs/usage-plans.md
  --from DATE
      the first day, UTC; default: the first of the month of the last one
  --to DATE
      the last day, at most 90 in all; default: today
  --json, --csv
      a record a key and day, in one of these formats

`

const WHO_CAN = `gatehouse who-can METHOD URL [options]

Says whether a call would be let in, and which statement of which policy decides, without calling the backend. It asks the
stage as it is deployed: resource policy, IAM, authorizers, private endpoints, mutual TLS; API keys are named, not looked at.
Ends with 0 when the call is let in, with 1 when it is not or when it depends on what was not said.

  gatehouse who-can GET http://localhost:4566/_aws/execute-api/a1b2c3d4e5/prod/pets
  gatehouse who-can POST http://a1b2c3d4e5.execute-api.us-east-1.localhost:4566/prod/pets --as ann
  gatehouse who-can GET https://api.example.com/pets --token eyJhbGciOi… --from 203.0.113.7

  --as PRINCIPAL|KEY
      who signs: an access key, the name or ARN of a user or role, root; without it, those of the account who may are listed
  --token TOKEN
      what the method's authorizer is asked about; its function is run
  --header 'Name: value'
      a header of the request; may be given several times
  --from ADDRESS
      the client's address; default: 127.0.0.1
  --json
      everything that is known, as JSON

`

const VTL = `gatehouse vtl render TEMPLATE [options]

Renders a mapping template as a gateway would, without one. Mistakes are told with line and column.

  gatehouse vtl render item.vtl --input body.json
  gatehouse vtl render item.vtl --input body.json --params params.json --context context.json --trace

  --input FILE
      the payload that $input reads; default: none; - is standard input
  --params FILE
      JSON: { "path": {}, "querystring": {}, "header": {} }, each with texts
  --context FILE
      JSON: the members of $context, such as { "stage": "prod", "identity": { "sourceIp": "192.0.2.1" } }
  --stage-variables FILE
      JSON: the members of $stageVariables
  --trace
      tells on standard error what each directive and reference read and wrote, and the overrides
`

const VERSION = `gatehouse version

Prints the versions of Gatehouse and of the runtime under it.
`

const ENDPOINT = `  --endpoint URL
      the gateway; default: AWS_ENDPOINT_URL, else --host and --port
`

const PAGES: Readonly<Record<string, () => string>> = {
  start: () => `${START}\n${optionList(allSettings)}`,
  deploy: () => `${DEPLOY}\n${optionList(endpointSettings, ENDPOINT)}`,
  validate: () => VALIDATE,
  reset: () => `${RESET}\n${optionList(endpointSettings, ENDPOINT)}`,
  logs: () => `${LOGS}${optionList(['dataDir'])}`,
  explain: () => `${EXPLAIN}\n${optionList(endpointSettings, ENDPOINT)}`,
  usage: () => `${USAGE}${optionList(endpointSettings, ENDPOINT)}`,
  'who-can': () => `${WHO_CAN}${optionList(endpointSettings, ENDPOINT)}`,
  vtl: () => VTL,
  version: () => VERSION,
  help: () => OVERVIEW,
}

/** `gatehouse help [COMMAND]`. */
export async function run([command = 'help']: readonly string[]): Promise<number> {
  const page = Object.hasOwn(PAGES, command) ? PAGES[command] : undefined
  if (page === undefined) throw new UsageError(unknown('command', command, Object.keys(PAGES)))
  console.log(page())
  return 0
}

/** Each option with its environment variable and default, from the one table. */
function optionList(settings: readonly Setting[], first = ''): string {
  const lines = settings.map((key) => {
    const option: Option<unknown> = options[key]
    const flag = `--${flagOf(key)}${option.value === undefined ? '' : ` ${option.value}`}`
    const fallback = option.fallbackText ?? String(option.fallback())
    return `  ${flag}\n      ${option.help}\n      ${variableOf(key)}; default: ${fallback}`
  })
  return (
    'Options, also as environment variables and as keys of gatehouse.config.yaml (dataDir for --data-dir):\n\n' +
    `${first}  --config FILE\n      the configuration file; default: gatehouse.config.yaml or .json here, if there is one\n${lines.join('\n')}\n`
  )
}
