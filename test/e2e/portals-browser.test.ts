import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { Browser, Page } from 'playwright-core'
import { endGateways, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts'
import { publishPortal, type PublishedPortal } from '../support/portal-setting.ts'
import { startChromium } from '../support/services/chromium.ts'

// What a browser makes of portals: scripts and policies. `portals.test.ts` has what does not need one.

const launchMsMax = 120_000

describe('a developer portal in a browser', () => {
  let gateway: GatewayProcess
  let browser: Browser
  let portal: PublishedPortal
  beforeAll(async () => {
    gateway = await startGatewayProcess()
    browser = await startChromium()
    portal = await publishPortal(gateway)
  }, launchMsMax)
  afterAll(async () => {
    await browser.close()
    await endGateways()
  })

  /** A page that remembers what went wrong in it: scripts that ran and should not, what its policy kept out. */
  const visit = async (path: string): Promise<{ readonly page: Page; readonly complaints: string[] }> => {
    const page = await browser.newPage()
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(error.message))
    // Its logo is at a name that nobody has.
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('ERR_NAME_NOT_RESOLVED')) {
        complaints.push(message.text())
      }
    })
    await page.goto(portal.origin + path)
    return { page, complaints }
  }
  const isPwned = (page: Page): Promise<boolean> => page.evaluate('"pwned" in window')

  test('is read from page to page, and no text of it runs', async () => {
    const { page, complaints } = await visit('/')
    await page
      .getByRole('link', { name: /Adoption/ })
      .first()
      .click()
    await page.getByRole('heading', { level: 1, name: /Adoption/ }).waitFor()
    await page.getByRole('navigation', { name: 'Contents' }).getByRole('link', { name: /Terms/ }).click()
    await page.getByRole('heading', { level: 2, name: /Rules/ }).waitFor()
    expect(await page.getByRole('link', { name: 'good' }).getAttribute('href')).toBe('https://example.com/')
    expect(await page.getByRole('link', { name: 'bad' }).count()).toBe(0)
    expect(await isPwned(page)).toBe(false)
    await page.getByRole('searchbox').fill('hamsters')
    await page.getByRole('button', { name: 'Search' }).click()
    await page.getByText('1 page', { exact: true }).waitFor()
    expect(await isPwned(page)).toBe(false)
    expect(complaints).toEqual([])
    await page.close()
  })

  test('an endpoint is tried, and its answer is seen', async () => {
    const { page, complaints } = await visit(
      `/products/${portal.productId}/endpoints/${portal.endpointIds[0]}`,
    )
    await page.getByLabel(/petId/).fill('a b/c')
    await page.getByLabel(/limit/).fill('3&x=1')
    await page.getByLabel(/x-color/).fill('red')
    await page.getByRole('button', { name: 'Try it' }).click()
    const answer = page.getByRole('status')
    await answer.getByText(/^200/).waitFor()
    expect(JSON.parse((await answer.locator('.body').textContent()) ?? '')).toEqual({
      // A mapping template sees path parameters as they came.
      petId: 'a%20b%2Fc',
      limit: '3&x=1',
      color: 'red',
      cookie: '',
    })
    expect(await answer.locator('.headers').textContent()).toContain('content-type: application/json')
    expect(await isPwned(page)).toBe(false)
    expect(complaints).toEqual([])
    await page.close()
  })

  test('what an API answers is text, whatever it says of itself', async () => {
    const { page, complaints } = await visit(
      `/products/${portal.productId}/endpoints/${portal.endpointIds[1]}`,
    )
    await page.getByRole('button', { name: 'Try it' }).click()
    await page.getByText('<script>window.pwned=1</script>', { exact: true }).waitFor()
    expect(await isPwned(page)).toBe(false)
    expect(await page.evaluate('document.cookie')).toBe('')
    expect(complaints).toEqual([])
    // A page that is led there by itself gets a refusal, which runs nothing either.
    await page.goto(`${portal.origin}/_try/${portal.restApiId}/prod/page`)
    expect(await isPwned(page)).toBe(false)
    await page.close()
  })

  test('an endpoint with an address of its own is called there, where that allows it', async () => {
    let allows = false
    const elsewhere = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: ({ url, method }) =>
        new Response(`${method} ${new URL(url).pathname}`, {
          headers: allows ? { 'Access-Control-Allow-Origin': '*' } : {},
        }),
    })
    const [, endpointId] = portal.endpointIds
    await portal.client.updateProductRestEndpointPage({
      PortalProductId: portal.productId,
      ProductRestEndpointPageId: endpointId,
      DisplayContent: { Overrides: { Endpoint: `http://127.0.0.1:${elsewhere.port}/v1/` } },
    })
    await portal.client.publishPortal({ PortalId: portal.portalId })
    const { page } = await visit(`/products/${portal.productId}/endpoints/${endpointId}`)
    const answer = page.getByRole('status')
    await page.getByRole('button', { name: 'Try it' }).click()
    await answer.getByText('No answer: Failed to fetch').waitFor()
    allows = true
    await page.getByRole('button', { name: 'Try it' }).click()
    await answer.getByText(/^200/).waitFor()
    expect(await answer.locator('.body').textContent()).toBe('GET /v1/page')
    await page.close()
    await elsewhere.stop(true)
  })

  test('looks as its owner says, and dark where its reader wants that', async () => {
    const { page } = await visit('/')
    const background = (): Promise<string> =>
      page.evaluate('getComputedStyle(document.documentElement).backgroundColor')
    await page.emulateMedia({ colorScheme: 'light' })
    expect(await background()).toBe('rgb(255, 255, 255)')
    await page.emulateMedia({ colorScheme: 'dark' })
    expect(await background()).toBe('rgb(16, 21, 28)')
    await page.close()
  })

  test('its readers sign in where it asks them to', async () => {
    const cognito = new CognitoIdentityProviderClient({
      endpoint: gateway.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    })
    const { UserPool } = await cognito.send(new CreateUserPoolCommand({ PoolName: 'readers' }))
    const UserPoolId = UserPool?.Id as string
    const { UserPoolClient } = await cognito.send(
      new CreateUserPoolClientCommand({ UserPoolId, ClientName: 'portal' }),
    )
    await cognito.send(new AdminCreateUserCommand({ UserPoolId, Username: 'ann' }))
    const Password = 'Correct-horse-1'
    await cognito.send(
      new AdminSetUserPasswordCommand({ UserPoolId, Username: 'ann', Password, Permanent: true }),
    )
    cognito.destroy()
    await portal.client.updatePortal({
      PortalId: portal.portalId,
      Authorization: {
        CognitoConfig: {
          UserPoolArn: UserPool?.Arn,
          UserPoolDomain: 'https://readers.auth.example.com',
          AppClientId: UserPoolClient?.ClientId,
        },
      },
    })
    const { page } = await visit('/')
    await page.getByLabel('Name').fill('ann')
    await page.getByLabel('Password').fill('wrong')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').waitFor()
    await page.getByLabel('Name').fill('ann')
    await page.getByLabel('Password').fill(Password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { level: 1, name: /Pets/ }).waitFor()
    await page.getByRole('button', { name: 'Sign out ann' }).click()
    await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor()
    expect(await isPwned(page)).toBe(false)
    await page.close()
  })
})
