// Runs handlers of `../frameworks` in Node, as Lambda does: { id, name, event } in, { id, answer } or { id, error } out.
process.on('message', ({ id, name, event }) => {
  run(name, event).then(
    (answer) => process.send({ id, answer }),
    (error) => process.send({ id, error: String(error) }),
  )
})

async function run(name, event) {
  const { handler } = await import(`../frameworks/${name}.mjs`)
  return handler(event, {})
}
