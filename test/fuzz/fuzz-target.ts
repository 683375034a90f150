import type { Random } from '../support/random.ts'

/** Something to be tried with random input: `targets/<name>.ts` exports one as `target`. */
export interface FuzzTarget {
  /** The file's name. */
  readonly name: string
  /**
   * One round: makes input from `random`, tries it.
   * @throws Finding (or any Error) when something is wrong; it must not take longer than some seconds
   */
  run(random: Random, seed: number): Promise<void>
  /**
   * Tries one given input: the files of `corpus/<name>/`, and what the driver makes of a Finding to find a smaller one.
   * @throws as `run` does
   */
  replay?(input: Uint8Array): Promise<void>
  /** Ends what `run` and `replay` keep between rounds: servers, clients. They may be called again afterwards. */
  stop?(): Promise<void>
}

/** Something is wrong, and `input` shows it. */
export class Finding extends Error {
  readonly input: Uint8Array

  constructor(message: string, input: Uint8Array | string) {
    super(message)
    this.name = 'Finding'
    this.input = typeof input === 'string' ? Buffer.from(input, 'latin1') : input
  }
}
