import { document, keyed, keyScheme, mock, operation, type Json } from '../support/apis.ts'

/** The body of every POST, and what templates and models look at: about 1 KB. */
export const ORDER: string = JSON.stringify({
  id: 'order-4711',
  customer: { name: 'Ada Lovelace', email: 'ada@example.com', address: { city: 'London', zip: 'W1J' } },
  items: Array.from({ length: 8 }, (_, i) => ({
    sku: `part-${1000 + i}`,
    title: 'a part of the analytical engine, of brass',
    quantity: i + 1,
    price: 12.5 + i,
  })),
  note: 'to be delivered before noon',
})

/** Each route of the benchmark, at a path of its own. @param backendPort answers everything with a small JSON */
export function benchApi(backendPort: number): Uint8Array {
  const uri = `http://127.0.0.1:${backendPort}/`
  const proxied = operation({ type: 'http_proxy', httpMethod: 'ANY', uri })
  const validated = {
    ...proxied,
    'x-amazon-apigateway-request-validator': 'body',
    requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Order' } } } },
  }
  return document(
    'bench',
    {
      '/proxied': { get: proxied, post: proxied },
      '/metered': { get: keyed(proxied) },
      '/validated': { post: validated },
      '/keyed': {
        get: {
          ...operation({
            type: 'http_proxy',
            httpMethod: 'ANY',
            uri,
            cacheKeyParameters: ['method.request.querystring.q', 'method.request.header.Content-Type'],
          }),
          parameters: [
            { name: 'q', in: 'query', schema: { type: 'string' } },
            { name: 'Content-Type', in: 'header', schema: { type: 'string' } },
          ],
        },
      },
      '/mapped': { post: operation(mapped(uri)) },
      '/mock': { get: operation(mock('{"message":"hello","items":[1,2,3,4,5,6,7,8],"ok":true}')) },
    },
    {
      'x-amazon-apigateway-request-validators': {
        body: { validateRequestBody: true, validateRequestParameters: false },
      },
      components: { ...keyScheme, schemas: { Order: orderModel } },
    },
  )
}

/** A resource of one path parameter among `count - 1` others. */
export function wideApi(backendPort: number, count: number): Uint8Array {
  const paths: Json = {}
  const proxied = operation({
    type: 'http_proxy',
    httpMethod: 'GET',
    uri: `http://127.0.0.1:${backendPort}/`,
  })
  for (let i = 0; i < count - 1; i++) paths[`/r${i}`] = { get: proxied }
  return document(`wide-${count}`, paths)
}

function mapped(uri: string): Json {
  return {
    type: 'http',
    httpMethod: 'POST',
    uri,
    passthroughBehavior: 'never',
    requestTemplates: { 'application/json': REQUEST_TEMPLATE },
    responses: {
      default: { statusCode: '200', responseTemplates: { 'application/json': RESPONSE_TEMPLATE } },
    },
  }
}

export const REQUEST_TEMPLATE: string = `#set($order = $input.path('$'))
{
  "orderId": "$order.id",
  "buyer": "$util.escapeJavaScript($order.customer.name)",
  "lines": [#foreach($item in $order.items)
    {"sku": "$item.sku", "count": $item.quantity}#if($foreach.hasNext),#end
  #end],
  "stage": "$context.stage"
}`

export const RESPONSE_TEMPLATE: string = `{
  "greeting": $input.json('$.message'),
  "numbers": $input.json('$.items'),
  "requestId": "$context.requestId"
}`

const text: Json = { type: 'string' }
const orderModel: Json = {
  type: 'object',
  required: ['id', 'customer', 'items'],
  properties: {
    id: { type: 'string', pattern: '^order-[0-9]+$' },
    customer: {
      type: 'object',
      required: ['name', 'email'],
      properties: {
        name: { type: 'string', minLength: 1, maxLength: 80 },
        email: text,
        address: { type: 'object', properties: { city: text, zip: text } },
      },
    },
    items: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['sku', 'quantity', 'price'],
        properties: {
          sku: text,
          title: text,
          quantity: { type: 'integer', minimum: 1 },
          price: { type: 'number', minimum: 0 },
        },
      },
    },
    note: text,
  },
}
