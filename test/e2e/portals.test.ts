import { ACMClient, RequestCertificateCommand } from '@aws-sdk/client-acm'
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { tlsRequest } from '../conformance/http/support/tls-client.ts'
import { endGateways, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts'
import { hostile, publishPortal, type PublishedPortal } from '../support/portal-setting.ts'

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }

// Portals as a client without scripts reads them: all is in what the server sends.

for (const workers of ['1', '2']) {
  describe(`developer portals, ${workers} worker(s)`, () => {
    let gateway: GatewayProcess
    let portal: PublishedPortal
    let httpsPort: number
    beforeAll(async () => {
      gateway = await startGatewayProcess({ arguments: ['--workers', workers, '--https-port', '0'] })
      const [, port] = await gateway.printed(/ and https:\/\/localhost:(\d+)/)
      httpsPort = Number(port)
      portal = await publishPortal(gateway)
    })
    afterAll(endGateways)

    /** By address: not every resolver knows names below localhost. */
    const get = (path: string, init: RequestInit = {}, origin = portal.origin): Promise<Response> =>
      fetch(`${gateway.url}${path}`, {
        ...init,
        redirect: 'manual',
        headers: { Host: new URL(origin).host, ...(init.headers as Record<string, string> | undefined) },
      })

    test('its pages are those of the site, and every text in them is text', async () => {
      const at = `/products/${portal.productId}`
      const pages = {
        '/': ['Pets', 'All of them', 'Adoption'],
        [at]: ['Adoption', 'Animals', 'GetPet', '/page'],
        [`${at}/pages/${portal.pageId}`]: ['Rules', 'hamsters', '<a href="https://example.com/"'],
        [`${at}/endpoints/${portal.endpointIds[0]}`]: ['Finds a pet', 'petId', 'Which', 'x-color', 'Try it'],
        '/search?q=HAMSTERS%20no': ['1 page', 'Terms'],
        [`/search?q=${encodeURIComponent(hostile)}`]: ['pages'],
      }
      for (const [path, texts] of Object.entries(pages)) {
        const page = await get(path)
        const text = await page.text()
        expect({ path, status: page.status }).toEqual({ path, status: 200 })
        for (const each of texts) expect(text).toContain(each)
        expect(text).not.toContain('<img src=x')
        expect(text).not.toContain('<script>')
        expect(text).not.toMatch(/(?:href|src|action)="\s*javascript/i)
        expect(text.match(/<script/g)).toHaveLength(1)
        expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'")
        expect(page.headers.get('referrer-policy')).toBe('same-origin')
      }
    })

    test('what the stage says of an endpoint is what its owner sees', async () => {
      const page = await portal.client.getProductRestEndpointPage({
        PortalProductId: portal.productId,
        ProductRestEndpointPageId: portal.endpointIds[0],
        IncludeRawDisplayContent: 'true',
      })
      expect(page.DisplayContent).toEqual({
        Body: `Finds a pet ${hostile}`,
        Endpoint: `http://localhost:${gateway.port}/_aws/execute-api/${portal.restApiId}/prod`,
        OperationName: 'GetPet',
      })
      const { operation, schemas } = JSON.parse(page.RawDisplayContent ?? '') as Record<string, object>
      expect(operation).toMatchObject({ operationId: 'GetPet', summary: `Finds a pet ${hostile}` })
      expect(Object.keys(schemas ?? {})).toEqual(['Pet'])
    })

    test('colours that are none are left out', async () => {
      const theme = await (await get('/_assets/theme.css')).text()
      expect(theme).toContain('--accent: #1f6feb;')
      expect(theme).toContain('--error: #d13212;')
      expect(theme).not.toMatch(/script|color:red|url\(/)
    })

    test('what is not there', async () => {
      for (const path of ['/products/none', `/products/${portal.productId}/pages/none`, '/x']) {
        expect((await get(path)).status).toBe(404)
      }
      expect((await get('/', { method: 'POST' })).status).toBe(405)
      expect((await get('/', {}, 'http://p-none.apigw-portal.us-east-1.localhost')).status).toBe(404)
    })

    test('an endpoint is tried through the portal, as its own client', async () => {
      const answer = await get(`/_try/${portal.restApiId}/prod/pets/7?limit=3`, {
        headers: { 'X-Gatehouse-Try': '1', 'x-color': 'red', Cookie: 'secret=1' },
      })
      expect(answer.status).toBe(200)
      expect(await answer.json()).toEqual({ petId: '7', limit: '3', color: 'red', cookie: '' })
      expect(answer.headers.get('content-security-policy')).toBe("sandbox; default-src 'none'")
    })

    test('no page leads there, and no answer is a page of the portal', async () => {
      const page = `/_try/${portal.restApiId}/prod/page`
      expect((await get(page)).status).toBe(403)
      const tried = await get(page, { headers: { 'X-Gatehouse-Try': '1' } })
      expect(tried.headers.get('set-cookie')).toBeNull()
      expect(tried.headers.get('content-security-policy')).toBe("sandbox; default-src 'none'")
      // Other ways to APIs and the control plane are none at this origin.
      for (const path of [
        `/_aws/execute-api/${portal.restApiId}/prod/page`,
        `/restapis/${portal.restApiId}/prod/_user_request_/page`,
        '/_gatehouse/health',
        '/v2/portals',
      ]) {
        expect({ path, status: (await get(path)).status }).toEqual({ path, status: 404 })
      }
    })

    test('an API is tried three times a second', async () => {
      const tries = Array.from({ length: 12 }, () =>
        get(`/_try/nosuchapi/prod/x`, { headers: { 'X-Gatehouse-Try': '1' } }),
      )
      const statuses = (await Promise.all(tries)).map(({ status }) => status)
      expect(statuses).toContain(403)
      expect(statuses).toContain(429)
    })

    test('what is published stays until it is published again; a preview is who has its address’', async () => {
      const { client, portalId, productId } = portal
      await client.updatePortalProduct({ PortalProductId: productId, DisplayName: 'Renamed' })
      expect(await (await get('/')).text()).not.toContain('Renamed')

      await client.previewPortal({ PortalId: portalId })
      const { Preview } = await client.getPortal({ PortalId: portalId })
      const preview = new URL(Preview?.PreviewUrl as string)
      const home = await get(preview.pathname)
      expect(home.status).toBe(200)
      const text = await home.text()
      expect(text).toContain('Renamed')
      expect(text).toContain(`href="${preview.pathname}products/${productId}"`)
      const endpoint = await get(
        `${preview.pathname}products/${productId}/endpoints/${portal.endpointIds[0]}`,
      )
      expect(await endpoint.text()).not.toContain('<form class="try"')
      expect((await get(`/_preview/${'a'.repeat(32)}/`)).status).toBe(404)

      await client.publishPortal({ PortalId: portalId })
      expect(await (await get('/')).text()).toContain('Renamed')
      await client.disablePortal({ PortalId: portalId })
      expect((await get('/')).status).toBe(404)
      await client.publishPortal({ PortalId: portalId })
      expect((await get('/')).status).toBe(200)
    })

    test('by a domain name of its own alone', async () => {
      const { client, portalId } = portal
      const own = 'http://portal.example.com'
      expect((await get('/', {}, own)).status).not.toBe(200)
      const acm = new ACMClient({ endpoint: gateway.url, region: 'us-east-1', credentials })
      const { CertificateArn } = await acm.send(
        new RequestCertificateCommand({ DomainName: 'portal.example.com' }),
      )
      acm.destroy()
      await client.updatePortal({
        PortalId: portalId,
        EndpointConfiguration: {
          AcmManaged: {
            CertificateArn,
            DomainName: 'portal.example.com',
          },
        },
      })
      expect(await (await get('/', {}, own)).text()).toContain('Renamed')
      expect((await tlsRequest(httpsPort, { servername: 'portal.example.com' })).server).toBe(
        'portal.example.com',
      )
      expect((await get('/')).status).toBe(404)
      const tried = await get(
        `/_try/${portal.restApiId}/prod/pets/7`,
        { headers: { 'X-Gatehouse-Try': '1' } },
        own,
      )
      expect([200, 429]).toContain(tried.status)
      await client.updatePortal({ PortalId: portalId, EndpointConfiguration: { None: {} } })
      expect((await get('/', {}, own)).status).not.toBe(200)
      expect((await get('/')).status).toBe(200)
    })

    test('who must sign in reads nothing before', async () => {
      const cognito = new CognitoIdentityProviderClient({
        endpoint: gateway.url,
        region: 'us-east-1',
        credentials,
      })
      const { UserPool } = await cognito.send(new CreateUserPoolCommand({ PoolName: 'readers' }))
      const UserPoolId = UserPool?.Id as string
      const { UserPoolClient } = await cognito.send(
        new CreateUserPoolClientCommand({ UserPoolId, ClientName: 'portal' }),
      )
      const ann = { UserPoolId, Username: 'ann' }
      await cognito.send(new AdminCreateUserCommand(ann))
      const { client, portalId } = portal
      await client.updatePortal({
        PortalId: portalId,
        Authorization: {
          CognitoConfig: {
            UserPoolArn: UserPool?.Arn,
            UserPoolDomain: 'https://readers.auth.example.com',
            AppClientId: UserPoolClient?.ClientId,
          },
        },
      })
      const signIn = (password: string, origin = portal.origin): Promise<Response> =>
        get('/_sign-in', {
          method: 'POST',
          headers: { Origin: origin, 'Content-Type': 'application/x-www-form-urlencoded' },
          body: new URLSearchParams({ name: 'ann', password }).toString(),
        })

      const closed = await get('/')
      expect(closed.status).toBe(401)
      expect(await closed.text()).not.toContain('Adoption')
      expect((await get(`/products/${portal.productId}`)).status).toBe(401)
      expect((await signIn('wrong')).status).toBe(401)

      await cognito.send(
        new AdminSetUserPasswordCommand({ ...ann, Password: 'Correct-horse-1', Permanent: true }),
      )
      cognito.destroy()
      expect((await signIn('x'.repeat(5000))).status).toBe(413)
      // Of another page's form.
      expect((await signIn('Correct-horse-1', 'https://evil.example')).status).toBe(405)
      const signed = await signIn('Correct-horse-1')
      expect(signed.status).toBe(303)
      const [cookie = ''] = (signed.headers.get('set-cookie') ?? '').split(';')
      const open = await get('/', { headers: { Cookie: cookie } })
      expect(open.status).toBe(200)
      expect(await open.text()).toContain('Sign out ann')
      expect((await get('/', { headers: { Cookie: `${cookie}x` } })).status).toBe(401)
      const out = await get('/_sign-out', {
        method: 'POST',
        headers: { Cookie: cookie, Origin: portal.origin },
      })
      expect(out.headers.get('set-cookie')).toContain('Max-Age=0')
      await client.updatePortal({ PortalId: portalId, Authorization: { None: {} } })
      expect((await get('/')).status).toBe(200)
    })
  })
}
