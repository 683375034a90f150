import { CognitoIdentityClient, ListIdentityPoolsCommand } from '@aws-sdk/client-cognito-identity'
import {
  CognitoIdentityProviderClient,
  ListUserPoolsCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { IAMClient, ListOpenIDConnectProvidersCommand } from '@aws-sdk/client-iam'
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { endGateways, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts'
import { createAwsCaller } from '#aws/client.ts'

// Terraform as it is: everything that its provider has for APIs, and who signs in to them, is made, found unchanged,
// changed and taken away.

const terraform = Bun.which('terraform')
const plugins = terraform === null ? undefined : providerFolder()

/** A folder that has the provider, where Terraform or its user keeps them; nothing is downloaded. */
function providerFolder(): string | undefined {
  const given = process.env['GATEHOUSE_TERRAFORM_PLUGINS']
  const folders = [
    ...(given === undefined ? [] : [given]),
    join(homedir(), '.terraform.d', 'plugins'),
    '/usr/local/share/terraform/plugins',
    '/usr/share/terraform/plugins',
    ...(existsSync('/opt') ? readdirSync('/opt').map((name) => join('/opt', name)) : []),
  ]
  return folders.find((folder) => existsSync(join(folder, 'registry.terraform.io', 'hashicorp', 'aws')))
}

const missing =
  terraform === null ? 'no terraform on the PATH' : 'no provider hashicorp/aws in any plugin folder'
if (plugins === undefined) console.warn(`Terraform is not tested: ${missing}`)

const TIMEOUT_MS = 900_000
const MODULE = join(import.meta.dir, 'terraform')
const FILES = readdirSync(MODULE)
const PROVIDER = 'registry.terraform.io/hashicorp/aws'

interface ProviderSchemas {
  readonly provider_schemas: Readonly<Record<string, ProviderSchema>>
}

interface ProviderSchema {
  readonly resource_schemas: Readonly<Record<string, unknown>>
  readonly data_source_schemas: Readonly<Record<string, unknown>>
}

describe.skipIf(plugins === undefined)('Terraform', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-terraform-'))
  let gateway: GatewayProcess
  beforeAll(async () => {
    gateway = await startGatewayProcess({})
    for (const file of FILES) copyFileSync(join(MODULE, file), join(folder, file))
    await run('init', `-plugin-dir=${plugins}`)
  }, TIMEOUT_MS)
  afterAll(async () => {
    await endGateways()
    rmSync(folder, { recursive: true })
  })

  /** @param words the command and its options */
  async function run(...words: string[]): Promise<{ code: number; output: string }> {
    const child = Bun.spawn([terraform as string, ...words], {
      cwd: folder,
      env: {
        ...process.env,
        TF_CLI_CONFIG_FILE: '/dev/null',
        TF_VAR_endpoint: gateway.url,
        TF_VAR_colour: 'red',
        CHECKPOINT_DISABLE: '1',
        // Terraform and its provider, a fifth of the time of all tests, spend a third of it collecting garbage.
        GOGC: '400',
        TF_INPUT: '0',
        TF_CLI_ARGS: '-no-color',
      },
      stdout: 'pipe',
      stderr: 'pipe',
    })
    const [out, error, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ])
    return { code, output: `${out}\n${error}` }
  }

  test(
    'everything that the provider has for APIs is in the module',
    async () => {
      const { output } = await run('providers', 'schema', '-json')
      const schema = (JSON.parse(output) as ProviderSchemas).provider_schemas[PROVIDER] as ProviderSchema
      const offered = [
        ...Object.keys(schema.resource_schemas).map((type) => `resource ${type}`),
        ...Object.keys(schema.data_source_schemas).map((type) => `data ${type}`),
      ].filter((name) => / aws_(?:api_gateway|apigatewayv2)_/.test(name))
      const text = FILES.map((file) => readFileSync(join(MODULE, file), 'utf8')).join('\n')
      const blocks = text.matchAll(/^(resource|data) "(\w+)"/gm)
      const used = new Set([...blocks].map(([, kind, type]) => `${kind} ${type}`))
      expect(offered.length).toBeGreaterThan(45)
      expect(offered.filter((name) => !used.has(name))).toEqual([])
    },
    TIMEOUT_MS,
  )

  /** What a plan would change: nothing. */
  async function expectNoChanges(...words: string[]): Promise<void> {
    const { code, output } = await run('plan', '-detailed-exitcode', ...words)
    if (code !== 0) expect(output).toBe('No changes.')
  }

  async function apply(...words: string[]): Promise<void> {
    const { code, output } = await run('apply', '-auto-approve', ...words)
    if (code !== 0) expect(output).toBe('Apply complete!')
  }

  test(
    'applies, and then finds nothing to change',
    async () => {
      await apply()
      await expectNoChanges()
    },
    TIMEOUT_MS,
  )

  test(
    'changes, and then finds nothing to change',
    async () => {
      // The plan before has read all; so it is below.
      await apply('-var', 'colour=blue', '-refresh=false')
      await expectNoChanges('-var', 'colour=blue')
    },
    TIMEOUT_MS,
  )

  test(
    'destroys, and leaves nothing',
    async () => {
      const { code, output } = await run('destroy', '-auto-approve', '-var', 'colour=blue', '-refresh=false')
      if (code !== 0) expect(output).toBe('Destroy complete!')
      const settings = {
        endpoint: gateway.url,
        region: 'us-east-1',
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      }
      const caller = createAwsCaller(settings)
      for (const path of [
        '/restapis',
        '/apikeys',
        '/usageplans',
        '/vpclinks',
        '/domainnames',
        '/domainnameaccessassociations',
        '/clientcertificates',
      ]) {
        expect(await caller.call('apigateway', 'GET', path)).toEqual({ item: [] })
      }
      for (const path of ['/v2/apis', '/v2/vpclinks', '/v2/domainnames']) {
        expect(await caller.call('apigateway', 'GET', path)).toEqual({ items: [] })
      }
      const users = await new CognitoIdentityProviderClient(settings).send(
        new ListUserPoolsCommand({ MaxResults: 10 }),
      )
      const people = await new CognitoIdentityClient(settings).send(
        new ListIdentityPoolsCommand({ MaxResults: 10 }),
      )
      const { OpenIDConnectProviderList } = await new IAMClient(settings).send(
        new ListOpenIDConnectProvidersCommand({}),
      )
      expect([users.UserPools, people.IdentityPools, OpenIDConnectProviderList]).toEqual([[], [], []])
    },
    TIMEOUT_MS,
  )
})
