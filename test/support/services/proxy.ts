/** Stands between a client and a server, so that what is between them can fail. */
export interface Proxy {
  readonly port: number
  /** Lets nothing through, and says nothing of it: as a network that is cut. */
  cut(): void
  /** Lets through again; what was connected stays dead. */
  heal(): void
  stop(): void
}

interface Ends {
  server: Bun.Socket<Ends> | undefined
  readonly client: Bun.Socket<Ends>
  early: Buffer[]
}

/** @param unix socket of the server @param tls what clients are shown @param hostname where it is met */
export function startProxy(
  unix: string,
  tls?: { readonly cert: string; readonly key: string },
  hostname = '127.0.0.1',
): Proxy {
  let isCut = false
  const all = new Set<Ends>()
  const deaf = new Set<Ends>()
  const listener = Bun.listen<Ends>({
    hostname,
    port: 0,
    ...(tls !== undefined && { tls }),
    socket: {
      open(client) {
        const ends: Ends = { server: undefined, client, early: [] }
        client.data = ends
        all.add(ends)
        if (isCut) deaf.add(ends)
        const connecting = Bun.connect<Ends>({
          unix,
          data: ends,
          socket: {
            open(server) {
              ends.server = server
              for (const chunk of ends.early.splice(0)) server.write(chunk)
            },
            data: (_server, chunk) => void (deaf.has(ends) || client.write(chunk)),
            close: () => void (deaf.has(ends) || client.end()),
          },
        })
        connecting.catch(() => client.terminate())
      },
      data(client, chunk) {
        if (deaf.has(client.data)) return
        if (client.data.server === undefined) client.data.early.push(Buffer.from(chunk))
        else client.data.server.write(chunk)
      },
      close(client) {
        all.delete(client.data)
        client.data.server?.end()
      },
    },
  })
  return {
    port: listener.port,
    cut() {
      isCut = true
      for (const ends of all) deaf.add(ends)
    },
    heal: () => void (isCut = false),
    stop: () => listener.stop(true),
  }
}
