// An Express application, behind Lambda as its users put it there.
import serverlessExpress from '@codegenie/serverless-express'
import express from 'express'
import { picture } from './picture.mjs'

const app = express()
app.use(express.json())
app.use(express.raw({ type: 'application/octet-stream' }))

app.get('/', (_request, response) => response.send('root'))
app.get('/pets/:id', ({ params, query }, response) => response.json({ id: params.id, tag: query.tag }))
app.post('/pets', ({ body }, response) => response.status(201).json({ got: body }))
app.get('/header', (request, response) => response.json({ many: request.get('X-Many') }))
app.get('/picture', (_request, response) => response.type('image/png').send(picture))
app.post('/bytes', ({ body }, response) => response.json({ bytes: [...body] }))
app.get('/cookies', (request, response) =>
  response
    .cookie('a', '1', { path: '/' })
    .cookie('b', '2', { path: '/' })
    .json({ got: request.get('Cookie') }),
)
app.get('/moved', (_request, response) => response.redirect(302, '/elsewhere?a=b'))
app.get('/teapot', (_request, response) => response.status(418).send('short and stout'))
app.get('/broken', () => {
  throw new Error('broken on purpose')
})
// Express' own answer needs a socket, which the adapter has not.
app.use((_request, response) => response.status(404).send('no such route'))

export const handler = serverlessExpress({ app })
