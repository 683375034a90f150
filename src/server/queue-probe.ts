/** Sends something through the kernel to this very process. */
export interface QueueProbe {
  /** @param arrived called when the process has come to it, after all that had come before */
  send(arrived: () => void): void
  stop(): void
}

/**
 * A datagram to oneself. The kernel tells a process of its sockets in the order in which something came, some thousand in
 * a turn of the event loop, so a datagram waits for as long as a request would that came with it. A timer would not: it
 * fires between turns, however many sockets are left.
 */
export function openQueueProbe(): QueueProbe {
  let arrived: (() => void) | undefined
  let socket: Bun.udp.Socket<'buffer'> | undefined
  let isStopped = false
  const opening = Bun.udpSocket({
    hostname: LOOPBACK,
    socket: {
      data(own, _bytes, port, address) {
        if (port !== own.port || address !== LOOPBACK) return
        const told = arrived
        arrived = undefined
        told?.()
      },
    },
  })
  opening.then(
    (opened) => {
      opened.unref()
      if (isStopped) opened.close()
      else socket = opened
    },
    // Nobody is turned away then.
    () => {},
  )
  return {
    send(callback) {
      if (socket === undefined) return
      arrived = callback
      socket.send(DATAGRAM, socket.port, LOOPBACK)
    },
    stop() {
      isStopped = true
      socket?.close()
      socket = undefined
    },
  }
}

const LOOPBACK = '127.0.0.1'
const DATAGRAM = new Uint8Array(1)
