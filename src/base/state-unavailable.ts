/** What nodes share (rates, quotas, connections) cannot be asked now, or did not answer in time. Shows no address or key. */
export class StateUnavailable extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options)
    this.name = 'StateUnavailable'
  }
}
