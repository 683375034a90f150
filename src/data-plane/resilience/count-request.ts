import type { Policy } from './call.ts'

/** Counts a client's request, of which the budget for more is a share. */
export const countRequest: Policy = (next) => (call) => {
  const { budgets, world } = call.state
  budgets.of(call.route).requested(world.now())
  return next(call)
}
