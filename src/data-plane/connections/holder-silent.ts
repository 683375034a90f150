/** Another process holds the connection and does not answer. */
export class HolderSilent extends Error {
  /** @param how `within 5000 ms` */
  constructor(holder: string, how: string) {
    super(`the process ${holder} holds the connection and did not answer ${how}`)
    this.name = 'HolderSilent'
  }
}
