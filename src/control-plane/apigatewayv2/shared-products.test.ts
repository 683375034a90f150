import { expect, test } from 'bun:test'
import type { Call } from '#aws/call.ts'
import { AwsError } from '#aws/error.ts'
import { silentLog } from '#base/log.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import { account, now, region } from '../../../test/support/play-calls.ts'
import { apiGatewayV2Handlers } from './service.ts'

const other = '222222222222'

function callOf(who: string): Call {
  return {
    service: 'apigateway',
    operation: 'GetPortalProduct',
    account: who,
    region,
    requestId: 'request',
    principal: { account: who, accessKeyId: 'AKID', arn: `arn:aws:iam::${who}:root`, userId: who },
  }
}

test('a product of another account is there once its owner shares it, and until that ends', async () => {
  const store = openSqliteStore({ path: ':memory:', log: silentLog })
  const handlers = apiGatewayV2Handlers({ store, clock: { now: () => now }, log: silentLog })
  type Handler = (input: object, call: Call) => Promise<Readonly<Record<string, unknown>>>
  const send = (who: string, operation: string, input: object = {}) =>
    ((handlers as Readonly<Record<string, Handler>>)[operation] as Handler)(input, callOf(who))
  const codeOf = (sent: Promise<unknown>): Promise<string> =>
    sent.then(
      () => 'answered',
      (error: unknown) => (error instanceof AwsError ? error.code : String(error)),
    )
  try {
    const { PortalProductId, PortalProductArn } = await send(account, 'CreatePortalProduct', {
      DisplayName: 'Pets',
    })
    const named = { PortalProductId, ResourceOwnerAccountId: account }
    const customColors = ['Accent', 'Background', 'ErrorValidation', 'Header', 'Navigation', 'Text']
    const portal = {
      Authorization: { None: {} },
      EndpointConfiguration: { None: {} },
      IncludedPortalProductArns: [PortalProductArn],
      PortalContent: {
        DisplayName: 'Theirs',
        Theme: { CustomColors: Object.fromEntries(customColors.map((name) => [`${name}Color`, '#000'])) },
      },
    }
    expect(await codeOf(send(other, 'GetPortalProduct', named))).toBe('NotFoundException')
    expect(await codeOf(send(other, 'CreatePortal', portal))).toBe('NotFoundException')

    await send(account, 'PutPortalProductSharingPolicy', {
      PortalProductId,
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { AWS: other },
            Action: 'apigateway:GetPortalProduct',
            Resource: PortalProductArn,
          },
        ],
      }),
    })
    expect((await send(other, 'GetPortalProduct', named))['PortalProductArn']).toBe(PortalProductArn)
    expect(await send(other, 'ListProductPages', named)).toMatchObject({ Items: [] })
    const shared = await send(other, 'ListPortalProducts', { ResourceOwner: 'OTHER_ACCOUNTS' })
    expect(shared).toMatchObject({ Items: [{ PortalProductArn }] })
    // To read it is all: it is changed by its owner alone.
    expect(await codeOf(send(other, 'DeletePortalProduct', named))).toBe('NotFoundException')
    const { PortalId } = await send(other, 'CreatePortal', portal)
    await send(other, 'PublishPortal', { PortalId })
    expect(await send(other, 'GetPortal', { PortalId })).toMatchObject({ PublishStatus: 'PUBLISHED' })

    await send(account, 'DeletePortalProductSharingPolicy', { PortalProductId })
    expect(await codeOf(send(other, 'GetPortalProduct', named))).toBe('NotFoundException')
    await send(other, 'PublishPortal', { PortalId })
    expect(await send(other, 'GetPortal', { PortalId })).toMatchObject({
      PublishStatus: 'PUBLISH_FAILED',
      StatusException: {
        Exception: 'AccessDeniedException',
        Message: `The portal product ${String(PortalProductArn)} is not shared with this account`,
      },
    })
  } finally {
    await store.close()
  }
})
