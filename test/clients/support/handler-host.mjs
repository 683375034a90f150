// Runs handlers of `../frameworks` in Node, as Lambda does: { id, name, event } in, { id, answer } or { id, error } out.
process.on('message', async ({ id, name, event }) => {
  try {
    const { handler } = await import(`../frameworks/${name}.mjs`)
    process.send({ id, answer: await handler(event, {}) })
  } catch (error) {
    process.send({ id, error: String(error) })
  }
})
