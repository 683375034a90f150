import { createHmac, randomBytes } from 'node:crypto'
import type { Clock } from '#base/clock.ts'
import { sameText } from '#base/same-text.ts'
import type { HttpRequest } from '#http/message.ts'

const COOKIE = 'gatehouse-portal'

/** How long a reader stays signed in: as long as an id token of a user pool lives by default. */
export const sessionMs: number = 60 * 60 * 1000

/** Who has signed in to which portal: said by a cookie that this process has made, and none after its end. */
export class ReaderSessions {
  readonly #key: Uint8Array = randomBytes(32)
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @returns a Set-Cookie value */
  begin(portalId: string, reader: string, secure: boolean): string {
    const said = `${this.#clock.now() + sessionMs}.${Buffer.from(reader).toString('base64url')}`
    return this.#cookie(`${said}.${this.#proof(portalId, said)}`, sessionMs / 1000, secure)
  }

  end(secure: boolean): string {
    return this.#cookie('', 0, secure)
  }

  /** @returns undefined for nobody */
  reader(portalId: string, { headers }: HttpRequest): string | undefined {
    for (const line of headers.getAll('cookie')) {
      for (const pair of line.split(';')) {
        const [name, value = ''] = pair.trim().split('=', 2)
        const [until = '', reader = '', proof = ''] = name === COOKIE ? value.split('.') : []
        if (proof === '' || !sameText(proof, this.#proof(portalId, `${until}.${reader}`))) continue
        if (Number(until) > this.#clock.now()) return Buffer.from(reader, 'base64url').toString('utf8')
      }
    }
    return undefined
  }

  #proof(portalId: string, said: string): string {
    return createHmac('sha256', this.#key).update(`${portalId} ${said}`).digest('base64url')
  }

  #cookie(value: string, seconds: number, secure: boolean): string {
    return `${COOKIE}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${seconds}${secure ? '; Secure' : ''}`
  }
}
