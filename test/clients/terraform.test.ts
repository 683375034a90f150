import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { endGateways, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts'
import { createAwsCaller } from '#aws/client.ts'

// Terraform as it is: everything that its provider has for REST APIs is made, found unchanged, changed and taken away.

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

const TIMEOUT_MS = 120_000

describe.skipIf(plugins === undefined)('Terraform', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-terraform-'))
  let gateway: GatewayProcess
  beforeAll(async () => {
    gateway = await startGatewayProcess({})
    for (const file of ['main.tf', 'identities.tf']) {
      copyFileSync(join(import.meta.dir, 'terraform', file), join(folder, file))
    }
    await run('init', `-plugin-dir=${plugins}`)
  }, TIMEOUT_MS)
  afterAll(async () => {
    await endGateways()
    rmSync(folder, { recursive: true })
  })

  async function run(command: string, ...words: string[]): Promise<{ code: number; output: string }> {
    const child = Bun.spawn([terraform as string, command, '-no-color', '-input=false', ...words], {
      cwd: folder,
      env: {
        ...process.env,
        TF_CLI_CONFIG_FILE: '/dev/null',
        TF_VAR_endpoint: gateway.url,
        TF_VAR_colour: 'red',
        CHECKPOINT_DISABLE: '1',
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
      await apply('-var', 'colour=blue')
      await expectNoChanges('-var', 'colour=blue')
    },
    TIMEOUT_MS,
  )

  test(
    'destroys, and leaves nothing',
    async () => {
      const { code, output } = await run('destroy', '-auto-approve', '-var', 'colour=blue')
      if (code !== 0) expect(output).toBe('Destroy complete!')
      const caller = createAwsCaller({
        endpoint: gateway.url,
        region: 'us-east-1',
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      })
      for (const path of [
        '/restapis',
        '/apikeys',
        '/usageplans',
        '/vpclinks',
        '/domainnames',
        '/clientcertificates',
      ]) {
        expect(await caller.call('apigateway', 'GET', path)).toEqual({ item: [] })
      }
    },
    TIMEOUT_MS,
  )
})
