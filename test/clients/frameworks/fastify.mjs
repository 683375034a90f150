// A Fastify application with Fastify's own adapter.
import awsLambdaFastify from '@fastify/aws-lambda'
import Fastify from 'fastify'
import { picture } from './picture.mjs'

const app = Fastify()
app.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, body, done) =>
  done(null, body),
)

app.get('/', async () => 'root')
app.get('/pets/:id', async ({ params, query }) => ({ id: params.id, tag: query.tag }))
app.post('/pets', async ({ body }, reply) => reply.code(201).send({ got: body }))
app.get('/header', async ({ headers }) => ({ many: headers['x-many'] }))
app.get('/picture', async (_request, reply) => reply.type('image/png').send(picture))
app.post('/bytes', async ({ body }) => ({ bytes: [...body] }))
app.get('/cookies', async ({ headers }, reply) =>
  reply.header('Set-Cookie', ['a=1; Path=/', 'b=2; Path=/']).send({ got: headers.cookie }),
)
app.get('/moved', async (_request, reply) => reply.redirect('/elsewhere?a=b', 302))
app.get('/teapot', async (_request, reply) => reply.code(418).send('short and stout'))
app.get('/broken', async () => {
  throw new Error('broken on purpose')
})

export const handler = awsLambdaFastify(app, { binaryMimeTypes: ['image/png'] })
