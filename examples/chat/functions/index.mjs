import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi'
import { enter, leave, present } from './room.mjs'

/** $connect */
export async function connect({ requestContext }) {
  await enter(requestContext.connectionId)
  return { statusCode: 200 }
}

/** $disconnect */
export async function disconnect({ requestContext }) {
  await leave(requestContext.connectionId)
  return { statusCode: 200 }
}

/** sendmessage: `{"action": "sendmessage", "message": "hello"}` goes to everybody. */
export async function sendMessage({ requestContext, body }) {
  const { message } = JSON.parse(body)
  const client = new ApiGatewayManagementApiClient({ endpoint: callbackUrl(requestContext) })
  const Data = JSON.stringify({ from: requestContext.connectionId, message })
  const ids = await present()
  await Promise.all(
    ids.map(async (ConnectionId) => {
      try {
        await client.send(new PostToConnectionCommand({ ConnectionId, Data }))
      } catch (error) {
        if (error.name !== 'GoneException') throw error
        await leave(ConnectionId)
      }
    }),
  )
  return { statusCode: 200 }
}

/** Gatehouse tells its functions where it is; on AWS an API has a name of its own. */
function callbackUrl({ apiId, domainName, stage }) {
  const gateway = process.env.AWS_ENDPOINT_URL
  return gateway ? `${gateway}/_aws/execute-api/${apiId}/${stage}` : `https://${domainName}/${stage}`
}
