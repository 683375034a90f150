import { errorCodes, FRAME_BYTES_MAX, Http2ConnectionError, settings, WINDOW_BYTES_MAX } from './frames.ts'

/**
 * Reads SETTINGS (RFC 9113 §6.5). Of what a client may set only its window changes what we do: we send no more than the
 * least that every client takes of the others.
 * @param window INITIAL_WINDOW_SIZE as it is
 * @returns what it is from now on
 * @throws Http2ConnectionError when a setting may not have its value
 */
export function readSettings(bytes: Buffer, from: number, to: number, window: number): number {
  if ((to - from) % SETTING_BYTES !== 0) {
    throw new Http2ConnectionError(errorCodes.frameSize, 'SETTINGS of a wrong size')
  }
  for (let at = from; at < to; at += SETTING_BYTES) {
    const id = bytes.readUInt16BE(at)
    const value = bytes.readUInt32BE(at + 2)
    checkSetting(id, value)
    if (id === settings.initialWindowSize) window = value
  }
  return window
}

function checkSetting(id: number, value: number): void {
  if (id === settings.enablePush && value > 1) {
    throw new Http2ConnectionError(errorCodes.protocol, 'ENABLE_PUSH is 0 or 1')
  }
  if (id === settings.initialWindowSize && value > WINDOW_BYTES_MAX) {
    throw new Http2ConnectionError(errorCodes.flowControl, 'a window too large')
  }
  if (id === settings.maxFrameSize && (value < FRAME_BYTES_MAX || value > 2 ** 24 - 1)) {
    throw new Http2ConnectionError(errorCodes.protocol, 'MAX_FRAME_SIZE out of range')
  }
}

const SETTING_BYTES = 6
