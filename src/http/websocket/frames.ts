/** Opcodes of RFC 6455 §5.2. */
export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

/** Set in the first byte of a message's last frame. */
export const FIN = 0x80
/** Set in the second byte of a frame from a client. */
export const MASKED = 0x80
/** Payload that fits a control frame. */
export const CONTROL_BYTES_MAX = 125
/** The longest header of a frame to a client. */
export const HEADER_BYTES_MAX = 10

/** A whole message as one frame to a client. @param length bytes of `text` in UTF-8 */
export function textFrame(text: string, length: number): Buffer {
  const frame = header(opcodes.text, length)
  frame.write(text, frame.length - length, 'utf8')
  return frame
}

export function binaryFrame(payload: Uint8Array): Buffer {
  return payloadFrame(opcodes.binary, payload)
}

/** @param payload at most CONTROL_BYTES_MAX */
export function controlFrame(opcode: number, payload: Uint8Array): Buffer {
  return payloadFrame(opcode, payload)
}

/** @param code undefined: a close that gives none */
export function closeFrame(code: number | undefined, reason: string): Buffer {
  if (code === undefined) return header(opcodes.close, 0)
  const length = 2 + Buffer.byteLength(reason)
  const frame = header(opcodes.close, length)
  frame.writeUInt16BE(code, frame.length - length)
  frame.write(reason, frame.length - length + 2, 'utf8')
  return frame
}

function payloadFrame(opcode: number, payload: Uint8Array): Buffer {
  const frame = header(opcode, payload.length)
  frame.set(payload, frame.length - payload.length)
  return frame
}

/** A frame with its header written and room for `length` bytes of payload. */
function header(opcode: number, length: number): Buffer {
  if (length < 126) {
    const frame = Buffer.allocUnsafe(2 + length)
    frame[0] = FIN | opcode
    frame[1] = length
    return frame
  }
  if (length < 65_536) {
    const frame = Buffer.allocUnsafe(4 + length)
    frame[0] = FIN | opcode
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
    return frame
  }
  const frame = Buffer.allocUnsafe(HEADER_BYTES_MAX + length)
  frame[0] = FIN | opcode
  frame[1] = 127
  frame.writeUInt32BE(Math.floor(length / 2 ** 32), 2)
  frame.writeUInt32BE(length % 2 ** 32, 6)
  return frame
}
