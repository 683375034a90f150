import type { Headers } from '#http/headers.ts'
import type { Body } from '#http/message.ts'
import type { Invocation } from './invocation.ts'
import { responsePayloadBytesMax } from './limits.ts'

/** How an answer in pieces ended. */
export type ReceivedAnswer =
  /** @property payload empty when the pieces went on as they came */
  | { readonly kind: 'whole'; readonly payload: Uint8Array; readonly trailers: Headers | undefined }
  /** The function said so behind what it had written. @property payload Lambda's error shape */
  | { readonly kind: 'failed'; readonly payload: Uint8Array; readonly trailers: Headers | undefined }
  | { readonly kind: 'too-large' }
  /** The connection was lost. */
  | { readonly kind: 'broken' }

/** Trailers of an answer whose function has failed after all: the type, and Lambda's error shape in base64. */
export const ERROR_TYPE: string = 'lambda-runtime-function-error-type'
export const ERROR_BODY: string = 'lambda-runtime-function-error-body'
const NOTHING = new Uint8Array(0)

/**
 * Receives an answer that a runtime sends in pieces (Lambda developer guide, "Building a custom runtime"): they go on
 * as they come where the invocation's caller wants that, and are collected otherwise. A caller that has left changes
 * nothing for the function: it runs to its end.
 */
export function receiveAnswer(
  invocation: Invocation,
  contentType: string,
  body: Body,
): Promise<ReceivedAnswer> {
  return invocation.request.onStream === undefined
    ? collect(body)
    : pass(
        body,
        invocation.beginStream(contentType, {
          bodyWanted: () => {},
          pauseBody: () => body.pause(),
          resumeBody: () => body.resume(),
          bodyCancelled: () => body.resume(),
        }),
      )
}

function pass(body: Body, to: { push(chunk: Uint8Array): void }): Promise<ReceivedAnswer> {
  return new Promise((resolve) => {
    body.start({
      data: (chunk) => to.push(chunk),
      end: (trailers) => resolve(ended(NOTHING, trailers)),
      fail: () => resolve({ kind: 'broken' }),
    })
  })
}

function collect(body: Body): Promise<ReceivedAnswer> {
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = []
    let bytes = 0
    body.start({
      data: (chunk) => {
        bytes += chunk.length
        if (bytes <= responsePayloadBytesMax) chunks.push(chunk)
        else chunks.length = 0
      },
      end: (trailers) =>
        resolve(
          bytes > responsePayloadBytesMax ? { kind: 'too-large' } : ended(Buffer.concat(chunks), trailers),
        ),
      fail: () => resolve({ kind: 'broken' }),
    })
  })
}

function ended(payload: Uint8Array, trailers: Headers | undefined): ReceivedAnswer {
  const errorType = trailers?.get(ERROR_TYPE)
  if (errorType === undefined) return { kind: 'whole', payload, trailers }
  const error = Buffer.from(trailers?.get(ERROR_BODY) ?? '', 'base64')
  const shape = error.length === 0 ? Buffer.from(JSON.stringify({ errorType })) : error
  return { kind: 'failed', payload: shape, trailers }
}
