// A Hono application with Hono's own adapter.
import { Hono } from 'hono'
import { handle } from 'hono/aws-lambda'
import { setCookie } from 'hono/cookie'
import { picture } from './picture.mjs'

const app = new Hono()
app.get('/', (c) => c.text('root'))
app.get('/pets/:id', (c) => {
  const tags = c.req.queries('tag')
  return c.json({ id: c.req.param('id'), tag: tags?.length === 1 ? tags[0] : tags })
})
app.post('/pets', async (c) => c.json({ got: await c.req.json() }, 201))
app.get('/header', (c) => c.json({ many: c.req.header('X-Many') }))
app.get('/picture', (c) => c.body(picture, 200, { 'Content-Type': 'image/png' }))
app.post('/bytes', async (c) => c.json({ bytes: [...new Uint8Array(await c.req.arrayBuffer())] }))
app.get('/cookies', (c) => {
  setCookie(c, 'a', '1', { path: '/' })
  setCookie(c, 'b', '2', { path: '/' })
  return c.json({ got: c.req.header('Cookie') })
})
app.get('/moved', (c) => c.redirect('/elsewhere?a=b', 302))
app.get('/teapot', (c) => c.text('short and stout', 418))
app.get('/broken', () => {
  throw new Error('broken on purpose')
})

export const handler = handle(app)
