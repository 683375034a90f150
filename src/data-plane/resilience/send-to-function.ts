import type { TrafficSettings } from '#languages/traffic/settings.ts'
import type { FunctionCall, FunctionResult } from '#data-plane/ports.ts'
import type { Send } from './call.ts'
import { Cancellation } from './cancellation.ts'
import { functionTransport } from './function-transport.ts'
import { compilePolicies } from './policies.ts'
import type { Sending } from './send-http.ts'

export interface FunctionSending extends Sending {
  /** Of the client's request: functions are invoked with POST, which says nothing of whether they may be run twice. */
  readonly method: string
  readonly timeoutMs: number
  readonly onCancel: (listener: () => void) => void
}

export type SendToFunction = (
  invoke: (call: FunctionCall) => Promise<FunctionResult>,
  call: FunctionCall,
  sending: FunctionSending,
) => Promise<FunctionResult>

/** A call of a Lambda function with policies around it. */
export function compileSendToFunction(settings: TrafficSettings): SendToFunction {
  const run: Send<FunctionResult> = compilePolicies(settings)()
  return (invoke, call, { timeoutMs, onCancel, ...sending }) => {
    const cancellation = new Cancellation()
    onCancel(() => cancellation.cancel())
    return run({
      transport: functionTransport,
      ...sending,
      backend: call.functionArn,
      repeatable: true,
      deadlineMs: sending.state.world.now() + timeoutMs,
      cancellation,
      ledger: { attempts: 0 },
      send: (attempt) => invoke({ ...call, onCancel: (listener) => attempt.onCancel(listener) }),
    })
  }
}
